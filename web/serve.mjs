// Serves a folder of static files on 127.0.0.1, as any static host would: `node serve.mjs [--port N]` for dist/,
// and `serve(folder, {port, prefix})` for the browser tests (port 0 takes a free one, prefix is a sub-path).
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.otf': 'font/otf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** Answers with {address, close}. A file that changed under a running server is served anew. */
export function serve(folder, { port = 0, prefix = '/' } = {}) {
  const server = createServer(async (request, response) => {
    const path = decodePath(request.url);
    if (path === null || !path.startsWith(prefix)) {
      return fail(response);
    }
    let file = join(folder, normalize(`/${path.slice(prefix.length)}`));
    let found = await stat(file).catch(() => null);
    if (found?.isDirectory()) {
      file = join(file, 'index.html');
      found = await stat(file).catch(() => null);
    }
    if (!found?.isFile()) {
      return fail(response);
    }
    response.writeHead(200, {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Content-Length': found.size,
      'Cache-Control': 'no-cache',
      'Access-Control-Allow-Origin': '*', // a sandboxed frame has no origin, and modules ask for this
    });
    if (request.method === 'HEAD') {
      return response.end();
    }
    return createReadStream(file).pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve({ address: `http://127.0.0.1:${server.address().port}${prefix}`, close: () => server.close() });
    });
  });
}

function decodePath(url) {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return null;
  }
}

function fail(response) {
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end('not found\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] === '--port' ? process.argv[3] : 8080);
  serve(fileURLToPath(new URL('../dist', import.meta.url)), { port }).then(
    ({ address }) => console.log(address),
    (error) => {
      console.error(
        error.code === 'EADDRINUSE' ? `port ${port} is taken; choose another with --port N` : error.message,
      );
      process.exit(1);
    },
  );
}
