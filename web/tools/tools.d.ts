// The tools are plain modules for Node and carry no types of their own.
declare module '*.mjs';
