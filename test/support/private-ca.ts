import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A CA of our own, and a certificate that it signed for a host name. */
export interface PrivateCa {
  /** The CA's certificate, as PEM. */
  ca: string;
  key: string;
  cert: string;
}

const shape = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Undefined where there is no openssl. @param days how long the certificate is good for; 0: it has expired */
export function privateCa(host: string, days = 2): PrivateCa | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'attributed-ca-'));
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'ignore', cwd: folder });
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  try {
    openssl('req', '-x509', ...shape, '-days', '2', '-subj', '/CN=Test CA', '-keyout', 'ca.key', '-out', 'ca.pem');
    openssl('req', ...shape, '-subj', `/CN=${host}`, '-keyout', 'key.pem', '-out', 'request.pem');
    writeFileSync(join(folder, 'ext'), `subjectAltName=DNS:${host}`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'ext', '-days', String(days)];
    openssl('x509', '-req', '-in', 'request.pem', ...signed, '-out', 'cert.pem');
    return { ca: read('ca.pem'), key: read('key.pem'), cert: read('cert.pem') };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
