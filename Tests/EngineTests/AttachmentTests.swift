import Execution
import Testbed
import Testing
import Values

@testable import Engine

/// Who may speak of which content, and what becomes of content that nobody speaks of: decided in the order of the commits.
@Suite struct AttachmentTests {
    private static let ana = Actor(role: "worker", subject: "ana")
    private static let bo = Actor(role: "worker", subject: "bo")
    private static let photo = hash("a")

    private static func hash(_ digit: Character) -> ContentHash {
        ContentHash(String(repeating: digit, count: 64)) ?? photo
    }

    private static func put(
        _ hash: ContentHash = photo, size: Int64 = 7, by actor: Actor = ana
    ) -> Request {
        .attachment(.put(hash, size: size, type: .jpeg, by: actor))
    }

    private static func reference(
        _ hash: ContentHash = photo, name: String = "photo.jpg", type: String = "image/jpeg",
        size: Int64 = 7
    ) -> Value {
        Attachment(sha256: hash, name: name, type: type, size: size).value
    }

    private static func shown(
        _ reference: Value, id: String = "e", by actor: Actor = ana
    ) -> Request {
        .event("shown", to: "1", id: id, ["photo": reference], by: actor)
    }

    /// A day after the picture was put.
    private static var nextDay: Timestamp { Bench.morning + .seconds(86_401) }

    private static func condemn(_ hash: ContentHash = photo) -> Request {
        .attachment(.condemn(hash, putBefore: nextDay - .seconds(86_400)))
    }

    private func bench() throws -> Bench { try Bench(try Catalog([Flows.gallery])) }

    @Test func whatWasPutCanBeReferredToAndIsTheInstancesFromThenOn() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        _ = try bench.ask(.start("1"))
        #expect(try bench.ask(Self.shown(Self.reference()))?.receipt?.outcome == .applied)
        let name = InstanceName(workflow: "w", key: "1")
        let row = ReferenceRow(sha256: Self.photo, instance: name)
        #expect(try bench.store.references(to: Self.photo, count: 9) == [row])
        // Another one who has seen it there may speak of it there.
        let again = Self.shown(Self.reference(name: "the same.jpg"), id: "f", by: Self.bo)
        #expect(try bench.ask(again)?.receipt?.outcome == .applied)
        #expect(try bench.store.references(of: name) == [row])
    }

    @Test func aGuessedHashIsNoRight() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put(by: Self.bo))
        _ = try bench.ask(.start("1"))
        let problem = try bench.ask(Self.shown(Self.reference()))?.problem
        #expect(problem?.code == .unknownAttachment)
        #expect(problem?.errors.first?.pointer == "/photo")
        // Of what nobody has put, the very same is said.
        let guessed = try bench.ask(Self.shown(Self.reference(Self.hash("b"))))?.problem
        #expect(guessed == problem)
        #expect(try bench.store.references(to: Self.photo, count: 9) == [])
    }

    @Test func aReferenceSaysWhatTheContentIs() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        _ = try bench.ask(.start("1"))
        for wrong in [Self.reference(size: 8), Self.reference(type: "image/png")] {
            let problem = try bench.ask(Self.shown(wrong))?.problem
            #expect(problem?.errors.first?.detail == "the content has 7 bytes of image/jpeg")
        }
        let pdf = try bench.ask(Self.shown(Self.reference(type: "application/pdf")))?.problem
        #expect(pdf?.code == .invalid)
    }

    @Test(arguments: ["../../etc/passwd", "a\\b", "a\u{202e}gpj.exe", "a\0b", "", ".."])
    func aNameIsNoPathAndTurnsNoTextAbout(name: String) throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        _ = try bench.ask(.start("1"))
        let problem = try bench.ask(Self.shown(Self.reference(name: name)))?.problem
        #expect(problem?.code == .invalid)
        #expect(problem?.errors.first?.pointer == "/photo/name")
    }

    @Test func aNameIsKeptInItsComposedForm() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(Self.shown(Self.reference(name: "cafe\u{301}.jpg")))
        let kept = try bench.run("w", "1")?.snapshot.data["photo"]?["name"]?.stringValue
        #expect(kept.map { Array($0.utf8) } == Array("caf\u{e9}.jpg".utf8))
    }

    @Test func aStartAndAnEventThatWaitsForOneRefer() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        let start = Request.start("1", ["cover": Self.reference()])
        #expect(try bench.ask(start)?.problem == nil)
        // Starting by command is the system's here, to which any content is known; a person's is not.
        let name = InstanceName(workflow: "w", key: "2")
        let stranger = StartCommand(
            name: name, input: ["cover": Self.reference()], actor: Self.bo)
        #expect(try bench.ask(.start(stranger))?.problem?.code == .unknownAttachment)
        let early = Request.event(
            "shown", to: "3", id: "e", ["photo": Self.reference()], by: Self.ana)
        #expect(try bench.ask(early)?.receipt?.outcome == .kept)
        let waiting = InstanceName(workflow: "w", key: "3")
        #expect(try bench.store.references(of: waiting).map(\.sha256) == [Self.photo])
        _ = try bench.ask(.start("3"))
        #expect(try bench.store.references(of: waiting).map(\.sha256) == [Self.photo])
        #expect(try bench.run("w", "3")?.attachments == [Self.photo])
    }

    @Test func aDecisionRefersToWhatItsFormHolds() throws {
        let signing = Flows.flow(
            """
            initial: a
            states:
              a:
                invoke:
                  person:
                    role: worker
                    title: Sign it
                    outcomes:
                      sign: {form: {type: object, required: [scan], properties: {scan: {format: attachment}}}, target: signed}
                      refuse: signed
              signed: {}
            """)
        var bench = try Bench(try Catalog([signing]))
        let name = InstanceName(workflow: "w", key: "1")
        func decision(_ outcome: String, isDry: Bool = false) -> Request {
            let form: Value = outcome == "sign" ? ["scan": Self.reference()] : [:]
            return .operate(
                name,
                .task(nil, .decide(TaskDecision(outcome, form: form)), actor: Self.ana),
                isDry: isDry)
        }
        _ = try bench.ask(.start("1"))
        for isDry in [true, false] {
            let problem = try bench.ask(decision("sign", isDry: isDry))?.problem
            #expect(problem?.code == .unknownAttachment)
            #expect(problem?.errors.first?.pointer == "/form/scan")
        }
        _ = try bench.ask(Self.put())
        // What would come of it comes to nothing.
        #expect(try bench.ask(decision("sign", isDry: true))?.problem == nil)
        #expect(try bench.store.references(of: name) == [])
        #expect(try bench.ask(decision("sign"))?.receipt?.outcome == .applied)
        #expect(try bench.store.references(of: name).map(\.sha256) == [Self.photo])
        #expect(try bench.states("w", "1") == ["signed"])
    }

    /// It waits for the end of the pause, and what it speaks of waits with it.
    @Test func anEventThatIsHeldRefersAlready() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        _ = try bench.ask(.start("1"))
        let name = InstanceName(workflow: "w", key: "1")
        func operate(_ action: OperatorAction) -> Request {
            .operate(name, .operate(action, reason: "a look", actor: .system), isDry: false)
        }
        _ = try bench.ask(operate(.pause))
        #expect(try bench.ask(Self.shown(Self.reference()))?.receipt?.outcome == .kept)
        bench.now = Self.nextDay
        #expect(try bench.ask(Self.condemn())?.problem?.code == .notApplicable)
        _ = try bench.ask(operate(.resume))
        let photo = try bench.run("w", "1")?.snapshot.data["photo"]
        #expect(photo?["sha256"]?.stringValue == Self.photo.text)
    }

    @Test func whatAnExpiredEventSpokeOfIsSpokenOfNoMore() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        let early = Request.event(
            "shown", to: "1", id: "e", ["photo": Self.reference()], by: Self.ana)
        _ = try bench.ask(early)
        let soon = Request.event(
            "noted", to: "1", id: "f", ["note": Self.reference(Self.hash("b"))], by: Self.ana)
        _ = try bench.ask(Self.put(Self.hash("b")))
        _ = try bench.ask(soon)
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(.start("1"))
        let name = InstanceName(workflow: "w", key: "1")
        #expect(try bench.store.references(of: name).map(\.sha256) == [Self.photo])
    }

    @Test func contentThatNobodySpeaksOfGoesAfterADay() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        _ = try bench.ask(.start("1"))
        #expect(try bench.ask(.attachment(.drop(Self.photo)))?.problem?.code == .notApplicable)
        bench.now = Self.nextDay
        #expect(try bench.ask(Self.condemn())?.problem == nil)
        #expect(try bench.store.attachment(Self.photo)?.condemnedAt == Self.nextDay)
        let late = try bench.ask(Self.shown(Self.reference()))
        #expect(late?.problem?.code == .unknownAttachment)
        #expect(try bench.ask(.attachment(.drop(Self.photo)))?.problem == nil)
        #expect(try bench.store.attachment(Self.photo) == nil)
    }

    @Test func puttingItAgainBringsItBack() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        _ = try bench.ask(.start("1"))
        bench.now = Self.nextDay
        _ = try bench.ask(Self.condemn())
        _ = try bench.ask(Self.put(by: Self.bo))
        #expect(try bench.ask(.attachment(.drop(Self.photo)))?.problem?.code == .notApplicable)
        // Whoever had it before has it still.
        #expect(try bench.ask(Self.shown(Self.reference()))?.receipt?.outcome == .applied)
        #expect(try bench.ask(Self.condemn())?.problem?.code == .notApplicable)
    }

    /// Neither is flushed when the other is decided.
    @Test(arguments: [true, false])
    func aSweepAndAReferenceInOneBatch(referenceFirst: Bool) throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        _ = try bench.ask(.start("1"))
        bench.now = Self.nextDay
        let requests = [Self.shown(Self.reference()), Self.condemn()]
        let ids = (referenceFirst ? requests : requests.reversed()).map { bench.submit($0) }
        try bench.settle()
        let replies = ids.map { bench.reply($0) }
        if referenceFirst {
            #expect(replies[0]?.receipt?.outcome == .applied)
            #expect(replies[1]?.problem?.code == .notApplicable)
            #expect(try bench.store.attachment(Self.photo)?.condemnedAt == nil)
        } else {
            #expect(replies[1]?.problem?.code == .unknownAttachment)
            #expect(try bench.store.references(to: Self.photo, count: 9) == [])
        }
    }

    /// The event that was decided and not written is decided again, with what it speaks of.
    @Test func aFailedFlushForgetsReferences() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        _ = try bench.ask(.start("1"))
        bench.submit(Self.shown(Self.reference()))
        _ = try bench.batch()
        _ = bench.machine.failed(refusing: nil)
        bench.now = Self.nextDay
        try bench.settle()
        #expect(try bench.store.references(to: Self.photo, count: 9).count == 1)
        #expect(try bench.ask(Self.condemn())?.problem?.code == .notApplicable)
    }

    /// What is refused is in the history at most, and history keeps nothing.
    @Test func whatIsIgnoredOrHeldBackByAGuardRefersToNothing() throws {
        var bench = try bench()
        _ = try bench.ask(Self.put())
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(Self.shown(Self.reference()))
        _ = try bench.ask(Self.put(Self.hash("c")))
        let late = Self.shown(Self.reference(Self.hash("c")), id: "late")
        _ = try bench.ask(.event("closed", to: "1", id: "x", by: Self.ana))
        #expect(try bench.ask(late)?.receipt?.outcome == .rejected)
        #expect(try bench.store.references(to: Self.hash("c"), count: 9) == [])
    }
}
