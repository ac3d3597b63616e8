import net, { type AddressInfo } from 'node:net';

/** A port that was free a moment ago: for what must know another's beforehand, or come back to the same. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
