/// <reference types="vite/client" />

// The glue that Emscripten writes: a factory that asks for the bytes and answers with the module of src/api/bindings.cpp.
declare module '#engine' {
  interface EngineOptions {
    wasmBinary?: ArrayBuffer | Uint8Array;
    instantiateWasm?: (
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) => object;
    locateFile?: (path: string) => string;
    print?: (text: string) => void;
    printErr?: (text: string) => void;
    onAbort?: (reason: unknown) => void;
  }
  export default function createEngine(options?: EngineOptions): Promise<Record<string, unknown>>;
}
declare module '#captures' {
  export { default } from '#engine'; // of src/api/capture_bindings.cpp
}
declare module '#captures.wasm?url' {
  const address: string;
  export default address;
}
declare module '#engine_first.wasm?url' {
  const address: string;
  export default address;
}
declare module '#engine_rest.wasm?url' {
  const address: string;
  export default address;
}
declare module '#fonts/*' {
  const address: string;
  export default address;
}
