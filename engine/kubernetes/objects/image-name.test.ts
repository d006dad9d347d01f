import { expect, it } from "vitest";
import { isImageName } from "./image-name.ts";

it.each([
  "nginx",
  "nginx:1.27",
  "library/nginx:latest",
  "registry.example.com:5000/team/app_v2:v1.2.3-rc.1",
  "localhost/app",
  "App.example.com/x",
  `app@sha256:${"0a".repeat(32)}`,
])("%s is an image's name", (image) => {
  expect(isImageName(image)).toBe(true);
});

it.each(["", "Nginx", "app:", "app:bad tag", "https://app", "a//b", "app@sha256:12", "-app", "app:v1:v2"])("%j is none", (image) => {
  expect(isImageName(image)).toBe(false);
});
