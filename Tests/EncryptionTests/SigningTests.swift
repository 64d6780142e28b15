import Testing
import Values

@testable import Encryption

@Suite struct SigningTests {
    @Test func whatWasSignedIsVerifiedAndNothingElse() throws {
        let key = SigningKey()
        let message = Array("the end of the chain".utf8)
        let signature = try #require(key.signature(of: message))
        #expect(key.verifying.verifies(signature, of: message))
        #expect(!key.verifying.verifies(signature, of: message + [0]))
        #expect(!SigningKey().verifying.verifies(signature, of: message))
        for index in signature.indices {
            var forged = signature
            forged[index] ^= 1
            #expect(!key.verifying.verifies(forged, of: message))
        }
        #expect(!key.verifying.verifies([], of: message))
    }

    @Test func keysAreTextAsOthersHaveThem() throws {
        // RFC 8410, sections 10.1 and 10.3.
        let key = try #require(
            SigningKey(
                """
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
                -----END PRIVATE KEY-----
                """))
        #expect(
            key.verifying.text == """
                -----BEGIN PUBLIC KEY-----
                MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
                -----END PUBLIC KEY-----

                """)
        let again = try #require(SigningKey(key.text))
        let signature = try #require(again.signature(of: [1]))
        #expect(try #require(VerifyingKey(key.verifying.text)).verifies(signature, of: [1]))
        // In one line, as a variable holds it.
        #expect(
            SigningKey("MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC") != nil)
        for wrong in ["", "secret", key.verifying.text, String(key.text.dropLast(40))] {
            #expect(SigningKey(wrong) == nil)
        }
        #expect(VerifyingKey(key.text) == nil)
    }
}
