declare module '#words/*' {
  const catalogue: Record<string, string>;
  export default catalogue;
}
