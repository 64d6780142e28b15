import Testing

@testable import Encryption
