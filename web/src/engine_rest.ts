// The functions of the engine that the first picture does without (src/api/later.txt), in a module of their own.
//
// A stand-in takes each one's place until the module is there. Whoever calls one before waits while the module is fetched
// the slow, blocking way: right, and so rare that it may be slow, since the page fetches the rest when it is first touched.

type Call = (...values: unknown[]) => unknown;

export class EngineRest {
  #first: WebAssembly.Instance | null = null;
  #isThere = false;
  #arriving: Promise<void> | null = null;

  constructor(
    private readonly address: string,
    private readonly compile: (address: string) => Promise<WebAssembly.Module>,
  ) {}

  /** What stands in for the functions: imports of the first half, by their places in its table. */
  readonly standIns: WebAssembly.ModuleImports = new Proxy({} as Record<string, Call>, {
    get: (_, place) => this.#standIn(Number(place)),
  });

  /** The first half is there. */
  join(first: WebAssembly.Instance): void {
    this.#first = first;
  }

  /** Fetches the module, once; fails where it is not to be had, and may then be asked again. */
  fetch(): Promise<void> {
    this.#arriving ??= this.#bring().catch((error: unknown) => {
      this.#arriving = null;
      throw error;
    });
    return this.#arriving;
  }

  // Its functions are written into the table that both halves share. Twice does no harm.
  async #bring(): Promise<void> {
    await WebAssembly.instantiate(await this.compile(this.address), this.#imports());
    this.#isThere = true;
  }

  #standIn(place: number): Call {
    return (...values) => {
      if (!this.#isThere) {
        new WebAssembly.Instance(new WebAssembly.Module(bytesNow(this.address)), this.#imports());
        this.#isThere = true;
      }
      return (this.#table().get(place) as Call)(...values);
    };
  }

  #imports(): WebAssembly.Imports {
    return { primary: this.#first?.exports ?? {}, placeholder: this.standIns };
  }

  #table(): WebAssembly.Table {
    const parts = Object.values(this.#first?.exports ?? {});
    return parts.find((part) => part instanceof WebAssembly.Table) as WebAssembly.Table;
  }
}

function bytesNow(address: string): ArrayBuffer {
  const request = new XMLHttpRequest();
  request.open('GET', address, false);
  request.overrideMimeType('text/plain; charset=x-user-defined'); // a byte a character, the only way while blocking
  request.send();
  if (request.status !== 200) {
    throw new Error(`${address}: ${request.status}`);
  }
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 0xff).buffer;
}
