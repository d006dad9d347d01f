import { examineFutureEventList } from "./event-queue.exam.ts";
import { HeapQueue } from "./heap-queue.ts";

examineFutureEventList("HeapQueue", () => new HeapQueue());
