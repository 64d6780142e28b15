import Access
import Testing
import Values

@testable import Server

@Suite struct SessionTests {
    private func person(_ name: String, roles: Set<ExactText> = ["operator"]) -> Principal {
        Principal(subject: name, roles: roles, proof: .token("t1"))
    }

    @Test func aSessionEndsWhenNothingIsAskedAndInAnyCaseInTheEnd() {
        var book = SessionBook()
        let credentials = Credentials(authorization: "Bearer t")
        book.begin("a", person("ana"), credentials, now: .zero)
        var now = Duration.zero
        // Somebody is at it all the time.
        while now < .seconds(12 * 3600 - 1000) {
            now += .seconds(1000)
            #expect(book.find("a", now: now)?.session.principal.subject == "ana")
        }
        #expect(book.find("a", now: .seconds(12 * 3600)) == nil)
        #expect(book.count == 0)
        book.begin("b", person("ana"), nil, now: now)
        #expect(book.find("b", now: now + .seconds(1799)) != nil)
        #expect(book.find("b", now: now + .seconds(1799 + 1800)) == nil)
    }

    /// An open page is nobody at the keys.
    @Test func listeningKeepsNoSession() {
        var book = SessionBook()
        book.begin("a", person("ana"), nil, now: .zero)
        #expect(book.find("a", isUse: false, now: .seconds(1700)) != nil)
        #expect(book.find("a", isUse: false, now: .seconds(1801)) == nil)
    }

    @Test func nobodyFillsTheBook() {
        var limits = SessionBook.Limits()
        (limits.total, limits.perSubject) = (50, 4)
        var book = SessionBook(limits)
        for number in 0..<500 {
            book.begin(
                "s\(number)", person("p\(number % 20)"), nil, now: .seconds(number / 10))
            #expect(book.count <= 50)
        }
        var own = SessionBook(limits)
        for number in 0..<4 { own.begin("\(number)", person("ana"), nil, now: .seconds(number)) }
        own.begin("bo", person("bo"), nil, now: .seconds(5))
        _ = own.find("0", now: .seconds(6))
        own.begin("4", person("ana"), nil, now: .seconds(7))
        // The one that was used least lately, of that subject alone.
        #expect(own.find("1", now: .seconds(8)) == nil)
        for id in ["0", "2", "3", "4", "bo"] { #expect(own.find(id, now: .seconds(8)) != nil) }
    }

    @Test func oneIsEndedOrAllOfASubject() {
        var book = SessionBook()
        for id in ["a1", "a2"] { book.begin(id, person("ana"), nil, now: .zero) }
        book.begin("b", person("bo"), nil, now: .zero)
        book.end("a1")
        #expect(book.find("a1", now: .zero) == nil)
        #expect(book.find("a2", now: .zero) != nil)
        book.begin("a1", person("ana"), nil, now: .zero)
        let ended = book.endAll(of: "ana")
        #expect(ended == 2)
        #expect(book.count == 1)
        #expect(book.find("b", now: .zero) != nil)
    }

    @Test func whoItIsIsAskedAgainOnceAMinute() {
        var book = SessionBook()
        let credentials = Credentials(authorization: "Bearer t")
        book.begin("a", person("ana"), credentials, now: .zero)
        #expect(book.find("a", now: .seconds(59))?.toAsk == nil)
        #expect(book.find("a", now: .seconds(60))?.toAsk?.bearer == "t")
        #expect(book.find("a", now: .seconds(61))?.toAsk == nil)
        #expect(book.find("a", now: .seconds(121))?.toAsk != nil)
    }

    @Test func aFormIsBoundToItsBrowserAndToThisProcess() {
        let (tokens, others) = (FormTokens(ProcessKey()), FormTokens(ProcessKey()))
        let (mine, yours) = (RandomText.make(), RandomText.make())
        let token = tokens.token(boundTo: mine)
        #expect(tokens.holds(token, boundTo: mine))
        #expect(!tokens.holds(token, boundTo: yours))
        #expect(!tokens.holds(others.token(boundTo: mine), boundTo: mine))
        for wrong in [nil, "", mine, String(token.dropLast()), token + "A", token.uppercased()] {
            #expect(!tokens.holds(wrong, boundTo: mine))
        }
        // It is not what the browser is known by, nor tells it.
        #expect(token != mine && RandomText.isOne(mine) && RandomText.isOne(token))
    }

    @Test func aLoginOnItsWayIsReadBackWholeAndOnlyForAWhile() throws {
        let key = ProcessKey()
        let begun = LoginBegun(
            url: "https://issuer.example/", redirect: "https://p.example/back", state: "s\"1",
            nonce: "n", verifier: "v")
        let text = PendingLogin(provider: "acme", begun: begun, next: "/tasks").text(
            at: .seconds(5), key)
        let read = try #require(PendingLogin(text, at: .seconds(600), key))
        #expect(read.provider == "acme" && read.next == "/tasks")
        #expect(read.begun.state == "s\"1" && read.begun.verifier == "v")
        #expect(PendingLogin(text, at: .seconds(605), key) == nil)
        #expect(PendingLogin(text, at: .zero, ProcessKey()) == nil)
        for place in text.indices where text[place] != "." {
            var changed = text
            changed.replaceSubrange(place...place, with: text[place] == "A" ? "B" : "A")
            #expect(PendingLogin(changed, at: .zero, key) == nil)
        }
    }
}
