export const checkLocales = () => ({ errors: [], warnings: [] });
