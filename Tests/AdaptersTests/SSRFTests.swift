import Testing

@testable import Adapters

/// Addresses by which others have been led into networks that were not meant, each with what becomes of it here and why. The
/// list allows `bank.example.com`, all below `partners.example`, and `10.2.3.4` with the port 8443.
@Suite("Requests that are led astray")
struct SSRFTests {
    enum Verdict: Sendable {
        /// It is no address: two readers could understand it differently.
        case malformed
        /// It is one, of a host that is not on the list.
        case unlisted
        case taken
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let verdict: Verdict
        let why: String

        init(_ text: String, _ verdict: Verdict, _ why: String) {
            self.text = text
            self.verdict = verdict
            self.why = why
        }

        var testDescription: String { text.debugDescription }
    }

    static let names: [Case] = [
        Case("https://bank.example.com/", .taken, "it is listed"),
        Case("https://BANK.EXAMPLE.COM", .taken, "names have no case"),
        Case("https://bank.example.com:8443", .taken, "an entry without a port allows any"),
        Case("http://bank.example.com/a/b", .taken, "whether TLS is needed is asked elsewhere"),
        Case("https://a.partners.example", .taken, "it is below a listed name"),
        Case("https://a.b.partners.example", .taken, "so is this"),
        Case("https://partners.example", .unlisted, "`*.` is what is below it only"),
        Case("https://xpartners.example", .unlisted, "the dot belongs to the entry"),
        Case("https://evil.example", .unlisted, "it is not listed"),
        Case("https://bank.example.com.evil.example", .unlisted, "a listed name in front"),
        Case("https://evilbank.example.com", .unlisted, "a listed name at the end"),
        Case("https://sub.bank.example.com", .unlisted, "an entry is one name"),
        Case("https://bank.example.co", .unlisted, "a name cut short"),
        Case("https://bank-example.com", .unlisted, "a name that looks like it"),
        Case("https://localhost", .unlisted, "this machine"),
        Case("https://LOCALHOST", .unlisted, "this machine, shouted"),
        Case("https://localhost:22", .unlisted, "this machine's sshd"),
        Case("https://localhost.localdomain", .unlisted, "a name of this machine in /etc/hosts"),
        Case("https://ip6-localhost", .unlisted, "another one"),
        Case("https://ip6-loopback", .unlisted, "another one"),
        Case("https://metadata.google.internal", .unlisted, "a cloud's metadata"),
        Case("https://metadata", .unlisted, "the same by its short name"),
        Case("https://instance-data", .unlisted, "a cloud's metadata"),
        Case("https://kubernetes.default.svc", .unlisted, "a cluster's own API"),
        Case("https://127.0.0.1.nip.io", .unlisted, "a public name that leads to this machine"),
        Case("https://localtest.me", .unlisted, "another one"),
        Case("https://printer.local", .unlisted, "multicast DNS"),
        Case("https://router", .unlisted, "a name in the search domain"),
        Case("https://xn--bnk-qla.example.com", .unlisted, "an internationalised look-alike"),
    ]

    static let spellings: [Case] = [
        Case("https://localhost.", .malformed, "a trailing dot is another name to some"),
        Case("https://bank.example.com.", .malformed, "the same of a listed one"),
        Case("https://bank.example.com..", .malformed, "two of them"),
        Case("https://.bank.example.com", .malformed, "a dot in front"),
        Case("https://bank..example.com", .malformed, "an empty label"),
        Case("https://-bank.example.com", .malformed, "a label begins with a hyphen"),
        Case("https://bank-.example.com", .malformed, "a label ends with one"),
        Case("https://bank.example.com\u{3002}evil.example", .malformed, "an ideographic dot"),
        Case("https://bank\u{FF0E}example.com", .malformed, "a full-width dot"),
        Case("https://bank\u{2024}example.com", .malformed, "a one dot leader"),
        Case("https://127\u{3002}0\u{3002}0\u{3002}1", .malformed, "an address with such dots"),
        Case("https://\u{FF11}\u{FF12}\u{FF17}.0.0.1", .malformed, "full-width digits"),
        Case("https://\u{2460}\u{2461}\u{2466}.0.0.1", .malformed, "digits in circles"),
        Case("https://\u{2488}27.0.0.1", .malformed, "a digit with a full stop in one"),
        Case("https://b\u{00E4}nk.example.com", .malformed, "not ASCII"),
        Case("https://b\u{0430}nk.example.com", .malformed, "a Cyrillic a"),
        Case("https://\u{217C}ocalhost", .malformed, "a Roman numeral for an l"),
        Case("https://\u{24D1}ank.example.com", .malformed, "a letter in a circle"),
        Case("https://bank.example.com\u{200B}", .malformed, "a space of no width"),
        Case("https://bank\u{00AD}.example.com", .malformed, "a soft hyphen, which others drop"),
        Case("https://bank.example.com\u{202E}", .malformed, "the direction of text"),
        Case("https://bank%2eexample.com", .malformed, "percent-encoding in a host"),
        Case("https://%62ank.example.com", .malformed, "the same of a letter"),
        Case("https://bank.example.com%00.evil.example", .malformed, "an encoded NUL"),
        Case("https://bank.example.com%0d%0a.evil.example", .malformed, "an encoded line end"),
        Case("https://%31%32%37.0.0.1", .malformed, "an encoded address"),
        Case("https://bank.example.com\0.evil.example", .malformed, "a NUL"),
        Case(
            "https://bank.example.com\r\nHost: evil.example", .malformed, "a line end in the host"),
        Case("https://bank.example.com/\r\nX: y", .malformed, "a line end in the path"),
        Case("https://bank.example.com/a\nb", .malformed, "a line feed in the path"),
        Case("https://bank.example.com/a\tb", .malformed, "a tab, which browsers drop"),
        Case("https://bank.example.com /", .malformed, "a space"),
        Case(" https://bank.example.com", .malformed, "a space in front"),
        Case("https://bank.example.com ", .malformed, "a space behind"),
        Case("https://ba nk.example.com", .malformed, "a space in the host"),
        Case("https://bank.example.com\u{7F}", .malformed, "DEL"),
        Case("https://*.partners.example", .malformed, "an entry of the list is no host"),
        Case("https://bank.example.com,evil.example", .malformed, "two hosts"),
        Case("https://bank.example.com;evil.example", .malformed, "two hosts"),
        Case("https://bank.example.com|evil.example", .malformed, "two hosts"),
        Case("https://bank.example.com'", .malformed, "a quote"),
        Case(
            "https://" + String(repeating: "a", count: 64) + ".example", .malformed, "a label of 64"
        ),
        Case(
            "https://" + String(repeating: "a.", count: 130) + "example", .malformed,
            "a name of more than 253"),
    ]

    static let authorities: [Case] = [
        Case("https://user@bank.example.com", .malformed, "a user name"),
        Case("https://user:secret@bank.example.com", .malformed, "a password"),
        Case("https://bank.example.com@evil.example", .malformed, "the listed host is the user"),
        Case("https://evil.example@bank.example.com", .malformed, "and the other way round"),
        Case("https://bank.example.com:443@evil.example", .malformed, "with a port"),
        Case("https://bank.example.com:80:80@127.0.0.1", .malformed, "with two"),
        Case("https://a@b@bank.example.com", .malformed, "two users"),
        Case("https://@bank.example.com", .malformed, "an empty one"),
        Case(
            "https://bank.example.com\\@evil.example", .malformed, "a backslash is a slash to some"),
        Case("https://bank.example.com\\.evil.example", .malformed, "a backslash in the host"),
        Case("https:\\\\bank.example.com", .malformed, "backslashes for slashes"),
        Case("https:/\\bank.example.com", .malformed, "one of each"),
        Case("https://bank.example.com#@evil.example", .malformed, "a fragment before the host"),
        Case("https://evil.example#bank.example.com", .malformed, "a fragment"),
        Case("https://bank.example.com?@evil.example", .malformed, "a query before the host"),
        Case("https://evil.example?bank.example.com", .malformed, "a query"),
        Case("https://evil.example/?u=bank.example.com", .malformed, "a query in a base address"),
        Case("https://evil.example/bank.example.com", .unlisted, "a listed name in the path"),
        Case("https://bank.example.com/@evil.example", .taken, "an @ in the path is a letter"),
        Case("https://bank.example.com/https://evil.example", .taken, "so is another address"),
        Case("https://bank.example.com/../admin", .malformed, "dots in the path"),
        Case("https://bank.example.com/./admin", .malformed, "one dot"),
        Case("https://bank.example.com/%2e%2e/admin", .malformed, "encoded dots"),
        Case("https://bank.example.com/%2E./admin", .malformed, "half encoded ones"),
        Case("https://bank.example.com:0", .malformed, "no such port"),
        Case("https://bank.example.com:65536", .malformed, "a port too large"),
        Case("https://bank.example.com:65979", .malformed, "443 with a bit more"),
        Case("https://bank.example.com:4294967739", .malformed, "443 with 32 bits more"),
        Case("https://bank.example.com:18446744073709552059", .malformed, "443 with 64 bits more"),
        Case("https://bank.example.com:-443", .malformed, "a sign"),
        Case("https://bank.example.com:+443", .malformed, "another one"),
        Case("https://bank.example.com:0x1bb", .malformed, "hexadecimal"),
        Case("https://bank.example.com:443a", .malformed, "a letter behind it"),
        Case("https://bank.example.com: 443", .malformed, "a space before it"),
        Case("https://bank.example.com:", .malformed, "none"),
        Case("https://bank.example.com:443:22", .malformed, "two ports"),
        Case("https://bank.example.com:\u{FF14}\u{FF14}\u{FF13}", .malformed, "full-width digits"),
        Case("https://:443", .malformed, "no host"),
        Case("https://", .malformed, "nothing"),
        Case("https:///etc/passwd", .malformed, "no host, and a path"),
        Case("https:bank.example.com", .malformed, "no slashes"),
        Case("https:/bank.example.com", .malformed, "one slash"),
        Case("//bank.example.com", .malformed, "no scheme"),
        Case("bank.example.com", .malformed, "a host alone"),
        Case("", .malformed, "nothing at all"),
    ]

    static let schemes: [Case] = [
        "file:///etc/passwd", "file://bank.example.com/etc/passwd", "ftp://bank.example.com",
        "ftps://bank.example.com", "gopher://bank.example.com/_SMTP",
        "dict://bank.example.com:11211/stat",
        "ldap://bank.example.com", "tftp://bank.example.com", "telnet://bank.example.com",
        "imap://bank.example.com", "scp://bank.example.com", "smb://bank.example.com",
        "ws://bank.example.com", "javascript://bank.example.com/%0aalert(1)", "data:text/plain,x",
        "jar:https://bank.example.com!/", "netdoc:///etc/passwd", "unix:///run/docker.sock",
        "http+unix://%2Frun%2Fdocker.sock", "view-source:https://bank.example.com",
        "url:https://bank.example.com", "https+x://bank.example.com", "ht tps://bank.example.com",
    ].map { Case($0, .malformed, "another protocol") }

    static let addresses4: [Case] = [
        Case("https://10.2.3.4:8443", .taken, "a listed address with its port"),
        Case("https://10.2.3.4", .unlisted, "and with another port"),
        Case("https://10.3.0.1:8443", .unlisted, "the next network"),
        Case("https://[::ffff:10.2.3.4]:8443", .taken, "the same address in version 6"),
        Case("https://127.0.0.1", .unlisted, "this machine"),
        Case("https://127.0.0.53", .unlisted, "this machine's resolver"),
        Case("https://127.255.255.254", .unlisted, "this machine"),
        Case("https://0.0.0.0", .unlisted, "this machine to Linux"),
        Case("https://0.0.0.0:22", .unlisted, "this machine's sshd"),
        Case("https://0.1.2.3", .unlisted, "this network"),
        Case("https://169.254.169.254", .unlisted, "a cloud's metadata"),
        Case("https://169.254.170.2", .unlisted, "a cloud's credentials of containers"),
        Case("https://100.100.100.200", .unlisted, "a cloud's metadata, of carriers' addresses"),
        Case("https://192.0.0.192", .unlisted, "a cloud's metadata"),
        Case("https://168.63.129.16", .unlisted, "a cloud's own resolver, though public"),
        Case("https://10.0.0.1", .unlisted, "private"),
        Case("https://172.16.0.1", .unlisted, "private"),
        Case("https://192.168.0.1", .unlisted, "private"),
        Case("https://100.64.0.1", .unlisted, "carriers"),
        Case("https://224.0.0.1", .unlisted, "multicast"),
        Case("https://255.255.255.255", .unlisted, "broadcast"),
        Case("https://93.184.216.34", .unlisted, "public, and not listed"),
        Case("https://127.1", .malformed, "two parts"),
        Case("https://127.0.1", .malformed, "three parts"),
        Case("https://2130706433", .malformed, "one number"),
        Case("https://017700000001", .malformed, "one octal number"),
        Case("https://0x7f000001", .malformed, "one hexadecimal number"),
        Case("https://0x7F.0x0.0x0.0x1", .malformed, "hexadecimal parts"),
        Case("https://0177.0.0.1", .malformed, "an octal part"),
        Case("https://0177.0.0.01", .malformed, "two of them"),
        Case("https://127.0.0.0x1", .malformed, "one hexadecimal part"),
        Case("https://00000177.0.0.1", .malformed, "many zeros"),
        Case("https://127.000.000.001", .malformed, "leading zeros"),
        Case("https://127.0.0.1.", .malformed, "a trailing dot"),
        Case("https://127.0.0.256", .malformed, "a part too large"),
        Case("https://383.0.0.1", .malformed, "a part that wraps"),
        Case("https://127.0.0.1.1", .malformed, "five parts"),
        Case("https://4294967297", .malformed, "a number that wraps"),
        Case("https://2852039166", .malformed, "metadata as one number"),
        Case("https://0xa9fea9fe", .malformed, "the same in hexadecimal"),
        Case("https://169.254.43518", .malformed, "the same in three parts"),
        Case("https://0251.0376.0251.0376", .malformed, "the same in octal"),
        Case("https://bank.example.1", .malformed, "a name that ends in a number"),
        Case("https://1.2.3.4.5", .malformed, "too many numbers"),
        Case("https://0", .malformed, "nought"),
    ]

    static let addresses6: [Case] = [
        Case("https://[::1]", .unlisted, "this machine"),
        Case("https://[0:0:0:0:0:0:0:1]", .unlisted, "the same"),
        Case("https://[0000::0001]", .unlisted, "the same"),
        Case("https://[::]", .unlisted, "this machine to Linux"),
        Case("https://[::ffff:127.0.0.1]", .unlisted, "mapped"),
        Case("https://[::ffff:7f00:1]", .unlisted, "mapped, in hexadecimal"),
        Case("https://[0:0:0:0:0:ffff:7f00:0001]", .unlisted, "mapped, written out"),
        Case("https://[::127.0.0.1]", .unlisted, "compatible, which nobody uses any more"),
        Case("https://[::ffff:0:127.0.0.1]", .unlisted, "translated (SIIT)"),
        Case("https://[64:ff9b::7f00:1]", .unlisted, "NAT64"),
        Case("https://[64:ff9b:1::a00:1]", .unlisted, "NAT64 of a network's own"),
        Case("https://[2002:7f00:1::]", .unlisted, "6to4"),
        Case("https://[2001:0:53aa:64c::1]", .unlisted, "Teredo"),
        Case("https://[fe80::1]", .unlisted, "link-local"),
        Case("https://[fc00::1]", .unlisted, "unique local"),
        Case("https://[fd00:ec2::254]", .unlisted, "a cloud's metadata"),
        Case("https://[fec0::1]", .unlisted, "site-local, of old"),
        Case("https://[ff02::1]", .unlisted, "multicast"),
        Case("https://[2001:db8::1]", .unlisted, "documentation"),
        Case("https://[fe80::1%25eth0]", .malformed, "a zone"),
        Case("https://[fe80::1%eth0]", .malformed, "a zone that is not encoded"),
        Case("https://[::1%25lo]", .malformed, "a zone of loopback"),
        Case("https://[::1", .malformed, "the bracket is open"),
        Case("https://::1", .malformed, "there are none"),
        Case("https://[::1]evil.example", .malformed, "a host behind it"),
        Case("https://[::1].evil.example", .malformed, "the same"),
        Case("https://[127.0.0.1]", .malformed, "version 4 in brackets"),
        Case("https://[v1.fe80::a]", .malformed, "a version of the future"),
        Case("https://[::ffff:0x7f.0.0.1]", .malformed, "hexadecimal within"),
        Case("https://[::ffff:127.1]", .malformed, "two parts within"),
        Case("https://[1::2::3]", .malformed, "two gaps"),
        Case("https://[12345::1]", .malformed, "a part too large"),
        Case("https://[bank.example.com]", .malformed, "a name in brackets"),
    ]

    static let all = names + spellings + authorities + schemes + addresses4 + addresses6

    private static func verdict(_ text: String, _ rules: AddressRules) -> Verdict {
        guard let endpoint = try? Endpoint(text) else { return .malformed }
        guard (try? rules.check(endpoint)) != nil else { return .unlisted }
        return .taken
    }

    @Test("every one has its verdict", arguments: all)
    func verdict(_ entry: Case) throws {
        let rules = try AddressRules(
            allowedHosts: ["bank.example.com", "*.partners.example", "10.2.3.4:8443"])
        #expect(Self.verdict(entry.text, rules) == entry.verdict, "\(entry.why)")
        // What is no address of an adapter is none of a receiver of alerts either, but for its query.
        if entry.verdict == .malformed, !entry.text.contains("?") {
            #expect(throws: AddressProblem.self) { try WebhookAddress(entry.text) }
        }
    }

    @Test func thereAreEnough() { #expect(Self.all.count >= 150, "\(Self.all.count)") }

    @Test(
        "where a listed name must not lead",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1",
            "127.8.8.8", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192",
            "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
            "224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1",
            "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:53aa:64c::1",
            "2001:20::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1",
            "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "ff05::1:3",
        ])
    func connections(_ text: String) throws {
        let address = try #require(IPAddress(text))
        let rules = try AddressRules(allowedHosts: ["bank.example.com", "*.partners.example"])
        #expect(!rules.permits(address, port: 443))
        #expect(!rules.permits(address, port: 80))
    }
}
