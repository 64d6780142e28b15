import Crypto
import Values

// Encryption: what is secret at rest, and what is signed.
