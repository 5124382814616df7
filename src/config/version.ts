// Which version of Reprise this is; the same as package.json's, which a test compares.

export const programVersion = '0.1.0';
