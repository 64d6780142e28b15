import Testing

@testable import Adapters

@Suite("Addresses: only what the operator allowed")
struct AddressRulesTests {
    @Test(
        "texts that are no address of an adapter",
        arguments: [
            "", "bank.example.com", "//bank.example.com", "ftp://bank.example.com",
            "file:///etc/passwd", "gopher://bank.example.com", "javascript://bank.example.com",
            "http:bank.example.com", "http:/bank.example.com", "http://", "http:///path",
            "https://user@bank.example.com", "https://user:secret@bank.example.com",
            "https://bank.example.com@evil.example", "https://bank.example.com\\@evil.example",
            "https://bank.example.com:0", "https://bank.example.com:65536",
            "https://bank.example.com:443:443", "https://bank.example.com:+80",
            "https://bank.example.com:", "https://bank.example.com.", "https://bank..example.com",
            "https://-bank.example.com", "https://bank-.example.com",
            "https://bank.example.com?x=1",
            "https://bank.example.com#x", "https://bank.example.com/a/../b",
            "https://bank.example.com/%2e%2E/b", "https://bank.example.com/ b",
            "https://bank.example.com/\r\nHost: evil", "https://bank.example.com\t",
            "https://bänk.de",
            "https://bank%2eexample.com", "http://2130706433", "http://0x7f000001",
            "http://0x7f.0.0.1",
            "http://017700000001", "http://127.1", "http://127.0.0.01", "http://127.0.0.256",
            "http://127.0.0.1.2", "http://example.123", "http://[::1", "http://[::1]x",
            "http://[fe80::1%25eth0]", "http://[fe80::1%eth0]", "http://[127.0.0.1]", "http://::1",
            "http://[::ffff:127.0.0.1.5]", "http://[g::1]", "http://*.example.com",
        ])
    func malformed(text: String) {
        #expect(throws: AddressProblem.self) { try Endpoint(text) }
    }

    @Test(
        "addresses are read into one form",
        arguments: [
            ("HTTPS://Bank.Example.COM", "https://bank.example.com:443"),
            ("http://bank.example.com:8080/", "http://bank.example.com:8080"),
            ("https://bank.example.com/api//v1/", "https://bank.example.com:443/api/v1"),
            ("smtp://mail.example.com", "smtp://mail.example.com:25"),
            ("smtps://mail.example.com", "smtps://mail.example.com:465"),
            ("http://[::1]:8088", "http://[::1]:8088"),
            ("http://[0:0:0:0:0:0:0:1]", "http://[::1]:80"),
            ("http://[::ffff:127.0.0.1]", "http://127.0.0.1:80"),
            ("http://[::ffff:7f00:1]", "http://127.0.0.1:80"),
        ])
    func canonical(text: String, form: String) throws {
        #expect(try Endpoint(text).description == form)
    }

    @Test(
        "what a list of hosts allows",
        arguments: [
            (["bank.example.com"], "https://bank.example.com", true),
            (["bank.example.com"], "https://BANK.example.com:8443", true),
            (["bank.example.com"], "https://evil.bank.example.com", false),
            (["bank.example.com"], "https://bank.example.com.evil.example", false),
            (["bank.example.com:443"], "https://bank.example.com", true),
            (["bank.example.com:443"], "https://bank.example.com:8443", false),
            (["*.example.com"], "https://bank.example.com", true),
            (["*.example.com"], "https://a.b.example.com", true),
            (["*.example.com"], "https://example.com", false),
            (["*.example.com"], "https://badexample.com", false),
            (["localhost"], "http://localhost:8088", true),
            (["localhost"], "http://127.0.0.1:8088", true),
            (["localhost"], "http://[::1]:8088", true),
            (["localhost:8088"], "http://127.0.0.1:9000", false),
            (["bank.example.com"], "http://localhost", false),
            (["bank.example.com"], "http://127.0.0.1", false),
            (["10.2.0.0/16"], "http://10.2.3.4", true),
            (["10.2.0.0/16"], "http://10.3.0.1", false),
            (["10.2.0.0/16"], "http://[::ffff:10.2.3.4]", true),
            (["10.2.0.0/12"], "http://10.15.255.255", true),
            (["10.2.0.0/12"], "http://10.16.0.0", false),
            (["93.184.216.34"], "https://93.184.216.34", true),
            (["bank.example.com"], "https://93.184.216.34", false),
            (["[fd00::1]:8080"], "http://[fd00::1]:8080", true),
            (["[fd00::1]:8080"], "http://[fd00::1]:8081", false),
            (["fd00::/8"], "http://[fd12:3456::1]", true),
            (["0.0.0.0/0"], "http://169.254.169.254", true),
            ([], "https://bank.example.com", false),
        ])
    func lists(allowed: [String], address: String, isAllowed: Bool) throws {
        let rules = try AddressRules(allowedHosts: allowed)
        let endpoint = try Endpoint(address)
        #expect(((try? rules.check(endpoint)) != nil) == isAllowed)
    }

    @Test(
        "entries that are none",
        arguments: [
            "", "*", "*.", "bank.example.com/path", "https://bank.example.com", "10.0.0.0/33",
            "10.0.0.0/-1", "10.0.0/8", "*.10.0.0.1", "user@bank.example.com", "bank example",
            "*.*.example.com", "bank.example.com:99999", "[::1", "fd00::/129",
        ])
    func badEntries(text: String) {
        #expect(throws: AddressProblem.self) { try AddressRules(allowedHosts: [text]) }
    }

    @Test(
        "addresses that a name may lead to only if they are listed",
        arguments: [
            "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
            "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.1.1", "198.18.0.1", "224.0.0.1",
            "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1", "64:ff9b::a00:1", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
            "2001:0:53aa:64c::1", "2001:db8::1", "2002:a00:1::1", "fec0::1", "100::1",
        ])
    func privateRanges(text: String) throws {
        let address = try #require(IPAddress(text))
        let rules = try AddressRules(allowedHosts: ["bank.example.com", "*.internal"])
        #expect(!rules.permits(address, port: 443))
        let listed = try AddressRules(allowedHosts: [address.description])
        #expect(listed.permits(address, port: 443))
    }

    @Test(
        "public addresses may be led to by a listed name",
        arguments: [
            "93.184.216.34", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255",
            "2606:2800:220:1::1", "2a00:1450::1",
        ])
    func publicAddresses(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressRules.none.permits(address, port: 443))
    }
}
