// The floors of the house (README, "How it works"): data flows genesys → conversation → intent → write,
// and a room imports only what is left of it, or the ground floor: base, observe, config.
const rooms = ['genesys', 'conversation', 'intent', 'write'];
const ground = ['base', 'observe', 'config'];
const only = (room, allowed) => ({
  name: `${room}-imports-only-its-left`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: allowed.map((each) => `^src/${each}/`) },
});

export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '^src/cli\\.ts$' }, to: {} },
    ...rooms.map((room, index) => only(room, [...ground, ...rooms.slice(0, index + 1)])),
    only('base', ['base']),
    only('config', ['base', 'config']),
    only('observe', ['base', 'config', 'observe']),
    only('simulator', ['base', 'simulator']),
    only('recording', [...ground, ...rooms, 'recording']),
    only('contact', [...ground, ...rooms, 'contact']),
    only('cluster', [...ground, ...rooms, 'cluster']),
    {
      name: 'only-the-entrance-knows-the-cluster',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(daemon\\.ts|cli/|figures/|cluster/)' },
      to: { path: '^src/cluster/' },
    },
    {
      name: 'nats-stays-in-one-place',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cluster/nats/' },
      to: { path: 'node_modules/@nats-io' },
    },
    {
      name: 'only-the-entrance-knows-the-daemon',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli\\.ts|daemon\\.ts|cli/|demo/)' },
      to: { path: '^src/(daemon\\.ts|cli\\.ts|cli/|demo/)' },
    },
    {
      name: 'only-the-entrance-knows-the-figures',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(daemon\\.ts|cli/|figures/)' },
      to: { path: '^src/figures/' },
    },
    {
      name: 'only-the-entrance-knows-the-recording',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|recording/)' },
      to: { path: '^src/recording/' },
    },
    {
      name: 'only-the-entrance-knows-the-contact',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli/|contact/)' },
      to: { path: '^src/contact/' },
    },
    {
      name: 'axios-stays-in-one-place',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(genesys/http|demo/naive-writer)\\.ts$' },
      to: { path: 'node_modules/axios' },
    },
    { name: 'not-to-dev', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsConfig: { fileName: 'tsconfig.json' }, tsPreCompilationDeps: true },
};
