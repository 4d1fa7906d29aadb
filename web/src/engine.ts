// The one module that imports WebAssembly: a typed face over src/api/bindings.cpp, and one over capture_bindings.cpp,
// which is fetched when somebody brings a capture or opens the kernel's log.
//
// What its calls take and give is in engine_faces.ts. Structured answers cross as JSON text, because they are small and
// asked for once a step.

import capturesAddress from '#captures.wasm?url';
import firstAddress from '#engine_first.wasm?url';
import restAddress from '#engine_rest.wasm?url';
import monoAddress from '#fonts/mono.ttf';
import sansAddress from '#fonts/sans.ttf';
import type { CaptureEngine, Engine, LogEngine, TlbEngine } from './engine_faces.ts';
import { EngineRest } from './engine_rest.ts';

const structured = [
  'load',
  'status',
  'zones',
  'cpuLists',
  'prospects',
  'ask',
  'reclaim',
  'slabCaches',
  'slabs',
  'slabQueues',
  'processes',
  'walk',
  'frame',
  'narration',
  'toldEvents',
  'terminal',
  'beginCommand',
  'continueCommand',
  'completions',
  'evaluate',
  'recognise',
  'importScript',
  'callNames',
  'memAvailable',
  'takeDrop',
  'explanations',
  'tlbChoices',
  'beginTlb',
  'tlbStatus',
] as const satisfies readonly (keyof Engine | keyof CaptureEngine | keyof TlbEngine)[];

export interface Started {
  engine: Engine;
  /** Brings the functions that the first picture does without; they come by themselves, more slowly, where it did not. */
  fetchRest: () => Promise<void>;
  mono: Uint8Array<ArrayBuffer>;
  sans: Uint8Array<ArrayBuffer>;
}

/** Fetches the engine and its two typefaces at the same time. `onAbort` hears of the engine's death, once. */
export async function startEngine(onAbort: (reason: string) => void): Promise<Started> {
  const compiled = compile(firstAddress);
  const rest = new EngineRest(restAddress, compile);
  const [glue, mono, sans] = await Promise.all([import('#engine'), bytes(monoAddress), bytes(sansAddress)]);
  const engine = await instantiate<Engine>(glue.default, await compiled, onAbort, rest);
  return { engine, fetchRest: () => rest.fetch(), mono, sans };
}

/** Each call makes another one, with a memory of its own, which is given back when nobody holds it any more. */
export async function startCaptureEngine(
  onAbort: (reason: string) => void,
): Promise<CaptureEngine & LogEngine & TlbEngine> {
  const [glue, wasm] = await Promise.all([import('#captures'), compile(capturesAddress)]);
  return instantiate<CaptureEngine & LogEngine & TlbEngine>(glue.default, wasm, onAbort);
}

type Factory = typeof import('#engine').default;

async function instantiate<Face extends object>(
  factory: Factory,
  wasm: WebAssembly.Module,
  onAbort: (reason: string) => void,
  rest: EngineRest | null = null,
): Promise<Face> {
  const module = await factory({
    instantiateWasm: (imports, receive) => {
      WebAssembly.instantiate(wasm, { ...imports, placeholder: rest?.standIns ?? {} }).then(
        (instance) => {
          rest?.join(instance);
          receive(instance, wasm);
        },
        (error: unknown) => onAbort(String(error)), // no memory left
      );
      return {};
    },
    printErr: (text) => console.error(text),
  });
  return faceOf<Face>(module as Module, onAbort);
}

/** Compiles while it is fetched; where the server gives the file another type, afterwards. */
async function compile(address: string): Promise<WebAssembly.Module> {
  const response = await fetched(address);
  const isTyped = response.headers.get('Content-Type') === 'application/wasm';
  return isTyped ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

type Call = (...values: unknown[]) => unknown;
type Module = Record<string, Call>;

/** The engine's functions as the interface above types them. After an abort no call reaches the engine again. */
export function faceOf<Face extends object = Engine>(module: Module, onAbort: (reason: string) => void): Face {
  let death: Error | null = null;
  const guarded =
    (call: Call): Call =>
    (...values) => {
      if (death) {
        throw death;
      }
      try {
        return call(...values);
      } catch (error) {
        death = error instanceof Error ? error : new Error(String(error));
        onAbort(death.message);
        throw death;
      }
    };
  const parsed = new Set<string>(structured);
  const get = (_: object, name: string): Call | undefined => {
    const call = module[name];
    if (typeof call !== 'function') {
      return undefined;
    }
    return guarded(parsed.has(name) ? (...values) => JSON.parse(call(...values) as string) : call);
  };
  return new Proxy({}, { get }) as Face;
}

async function bytes(address: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetched(address)).arrayBuffer());
}

async function fetched(address: string): Promise<Response> {
  const response = await fetch(address);
  if (!response.ok) {
    throw new Error(`${address}: ${response.status}`);
  }
  return response;
}
