/** Whether a container runtime can parse an image's name (distribution/reference): `host:port/path/name:tag@digest`. */

const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const label = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const host = `${label}(?:\\.${label})*(?::[0-9]+)?`;
const tag = "[\\w][\\w.-]{0,127}";
const digest = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
const pattern = new RegExp(`^(?:${host}/)?${component}(?:/${component})*(?::${tag})?(?:@${digest})?$`);
/** Of the path; longer ones are refused. */
const LENGTH_MAX = 255;

export function isImageName(image: string): boolean {
  return image.length <= LENGTH_MAX + 200 && pattern.test(image);
}
