import Testing

@testable import Access

@Suite struct HostListTests {
    @Test func aListenerOnLoopbackAnswersToNamesOfThisMachine() {
        let hosts = HostList([], at: "127.0.0.1")
        for host in ["127.0.0.1:8087", "localhost", "LOCALHOST:1", "[::1]:8087", "127.0.0.2"] {
            #expect(hosts.verdict(on: host) == .admitted)
        }
        for host in [
            "evil.example:8087", "127.0.0.1.evil.example", "0.0.0.0:8087", "[::2]:1",
            "localhost.evil.example", "evil-localhost", "a.localhost", "2130706433", "0x7f.1",
        ] {
            guard case .foreign = hosts.verdict(on: host) else {
                Issue.record("\(host) is answered to")
                continue
            }
        }
    }

    @Test(arguments: [
        "", " ", "localhost.", "localhost:", "localhost:80:80", "localhost:8a", "localhost:123456",
        "127.0.0.1@evil.example", "evil.example\n127.0.0.1", "[::1", "::1", "[localhost]",
        "localhost/", "localhost?x", "localhost#", "loc%61lhost", "локальный", "localhost\t", "[]",
        "-.-..", "localhost, evil.example", "[::1]x", "[::1]:", "*", "*.example.com",
    ])
    func whatIsNoNameIsNone(host: String) {
        #expect(HostList([], at: "127.0.0.1").verdict(on: host) == .malformed)
        #expect(HostList([], at: "0.0.0.0").verdict(on: host) == .malformed)
        #expect(HostList(["localhost"], at: "0.0.0.0").verdict(on: host) == .malformed)
    }

    @Test func oneThatSaysNothingIsMissing() {
        #expect(HostList([], at: "127.0.0.1").verdict(on: nil) == .missing)
        #expect(HostList(["a.example"], at: "0.0.0.0").verdict(on: nil) == .missing)
    }

    @Test func theListSaysWhatIsAnsweredTo() {
        let hosts = HostList(
            ["Pawl.example.com", "*.in.example.com", "ported.example.com:8443", "[2001:db8::1]"],
            at: "0.0.0.0")
        for host in [
            "pawl.example.com", "PAWL.example.com:80", "a.in.example.com", "b.a.in.example.com:1",
            "ported.example.com:8443", "[2001:DB8::1]:443",
        ] {
            #expect(hosts.verdict(on: host) == .admitted, "\(host)")
        }
        for host in [
            "example.com", "in.example.com", "xin.example.com", "pawl.example.com.evil.example",
            "ported.example.com", "ported.example.com:443", "127.0.0.1", "localhost", "[::1]",
        ] {
            #expect(hosts.verdict(on: host) != .admitted, "\(host)")
        }
    }

    /// A proxy of this machine passes on the name that its clients say; whoever is on it says this machine's.
    @Test func behindAProxyOfThisMachineBothAreAnsweredTo() {
        let hosts = HostList(["pawl.example.com"], at: "127.0.0.1")
        #expect(hosts.verdict(on: "pawl.example.com") == .admitted)
        #expect(hosts.verdict(on: "127.0.0.1:8087") == .admitted)
        #expect(hosts.verdict(on: "other.example.com") == .foreign("other.example.com"))
    }

    @Test func aListenerOnANetworkWithoutAListAnswersToAnyName() {
        #expect(HostList([], at: "0.0.0.0").verdict(on: "pawl.example") == .admitted)
        #expect(HostList([], at: "0.0.0.0").isOpen)
    }
}
