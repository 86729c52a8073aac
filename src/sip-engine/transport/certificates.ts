import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, rootCertificates, type SecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';

/** TLS of listeners and of connections we open. Files are PEM; they are read again when they change. */
export interface TlsSettings {
  /** Needed for tls and wss listeners; shown to servers that ask for it. */
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Whom servers may be trusted by besides the public authorities, and the only ones clients are. */
  readonly authoritiesFile?: string | undefined;
  /** Default TLSv1.2. */
  readonly minimumVersion?: SecureVersion | undefined;
  /** Whether servers we connect to must prove their name. Default true. */
  readonly verifyServers?: boolean | undefined;
  /** Certificates of clients: not asked for (default), asked for, or needed and from an authority of the file. */
  readonly clientCertificates?: 'no' | 'request' | 'require' | undefined;
  /** How often the files are looked at, in milliseconds. Default 30 s. */
  readonly reloadCheckMs?: number | undefined;
}

const RELOAD_CHECK_MS = 30_000;

/** The certificate in use; a new one takes effect for new connections only. */
export class Certificates {
  readonly settings: TlsSettings;
  readonly #changed: (context: SecureContextOptions) => void;
  readonly #failed: (why: string) => void;
  readonly #timer: NodeJS.Timeout;
  #stamp: string;
  #options: SecureContextOptions;
  #client: SecureContext;

  /** Throws when a file cannot be read or certificate and key do not belong together. */
  constructor(settings: TlsSettings, changed: (context: SecureContextOptions) => void, failed: (why: string) => void) {
    this.settings = settings;
    this.#changed = changed;
    this.#failed = failed;
    this.#stamp = this.#stampNow();
    this.#options = this.#read();
    this.#client = createSecureContext(this.#outgoing(this.#options));
    this.#timer = setInterval(() => this.#look(), settings.reloadCheckMs ?? RELOAD_CHECK_MS).unref();
  }

  /** For listeners. */
  get options(): SecureContextOptions {
    return this.#options;
  }

  /** For connections we open. */
  get client(): SecureContext {
    return this.#client;
  }

  /** Reads the files now; keeps what it has when they are bad. */
  reload(): boolean {
    try {
      // Tried once only: a certificate that does not fit its key yet will be followed by a changed key.
      this.#stamp = this.#stampNow();
      const options = this.#read();
      this.#client = createSecureContext(this.#outgoing(options));
      this.#options = options;
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
      return false;
    }
    this.#changed(this.#options);
    return true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    // While one of the files is being replaced it may be missing: the next look sees it.
    try {
      if (this.#stampNow() !== this.#stamp) this.reload();
    } catch {}
  }

  #files(): string[] {
    const { certificateFile, keyFile, authoritiesFile } = this.settings;
    return [certificateFile, keyFile, authoritiesFile].filter((file) => file !== undefined);
  }

  #stampNow(): string {
    return this.#files()
      .map((file) => {
        const { ino, size, mtimeMs } = statSync(file);
        return `${ino}|${size}|${mtimeMs}`;
      })
      .join('/');
  }

  #read(): SecureContextOptions {
    const { certificateFile, keyFile, authoritiesFile, minimumVersion } = this.settings;
    return {
      minVersion: minimumVersion ?? 'TLSv1.2',
      ...(certificateFile === undefined ? {} : { cert: readFileSync(certificateFile) }),
      ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
      ...(authoritiesFile === undefined ? {} : { ca: [readFileSync(authoritiesFile, 'utf8')] }),
    };
  }

  // Public authorities vouch for names of servers; a client with a certificate of theirs is anybody.
  #outgoing(options: SecureContextOptions): SecureContextOptions {
    return Array.isArray(options.ca) ? { ...options, ca: [...rootCertificates, ...options.ca] } : options;
  }
}
