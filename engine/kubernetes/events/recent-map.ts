/** A map that forgets whom nobody asked for longest. Source: client-go's lru.Cache of 4096 entries. */
export class RecentMap<Value> {
  private readonly entries = new Map<string, Value>();
  private readonly size: number;

  constructor(size = 4096) {
    this.size = size;
  }

  get(key: string): Value | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) this.put(key, value);
    return value;
  }

  put(key: string, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.size) return;
    const oldest = this.entries.keys().next();
    if (oldest.done !== true) this.entries.delete(oldest.value);
  }
}
