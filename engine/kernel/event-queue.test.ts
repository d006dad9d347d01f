import { examineFutureEventList } from "./event-queue.exam.ts";
import { EventQueue } from "./event-queue.ts";

examineFutureEventList("EventQueue", () => new EventQueue());
