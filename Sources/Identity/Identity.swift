import Access
import JWTKit
import Values

// Identity: who asks, by what others vouch for.
