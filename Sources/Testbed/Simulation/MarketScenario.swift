import Engine
import Execution
import Values

/// What the marketplace's people do, from a seed: orders with every ending, clerks with kits, invoices, and
/// people who do things twice, too early and too late.
package enum MarketScenario {
    package typealias Step = (at: Timestamp, request: Request)

    /// The same with an operator who holds adapters and workflows.
    package static func stepsWithHolds(_ random: inout SeededRandom) -> [Step] {
        let steps = steps(&random)
        return (steps + holding(&random)).sorted { $0.at < $1.at }
    }

    package static func steps(_ random: inout SeededRandom) -> [Step] {
        var steps: [Step] = []
        let orders = 3 + random.below(6)
        for number in 1...orders { steps += order(number, &random) }
        for client in 0..<3 where random.chance(700) {
            steps.append(invoice(client: client, cycle: "2026-W02", &random))
        }
        for _ in 0..<3 where random.chance(500) { steps.append(cycle(&random)) }
        if random.chance(600) { steps += hiring(&random) }
        for name in steps.compactMap({ started($0.request) }) { steps += operating(name, &random) }
        steps += pay(&random)
        // By a copy: what is drawn for this changes nothing of the rest.
        var moving = random
        for step in steps { steps += migrating(step, &moving) }
        return steps.sorted { $0.at < $1.at }
    }

    private static func order(_ number: Int, _ random: inout SeededRandom) -> [Step] {
        // Neighbours look alike.
        let key = number <= 4 ? "\(twins[number % 2])-\((number + 1) / 2)" : "o-\(number)"
        let client = client(random.below(3))
        let placed = Simulation.start + .seconds(random.below(86_400))
        let visit = placed + .seconds(7_200 + random.below(2 * 86_400))
        let input: Value = [
            "orderId": .string(key), "clientId": .string(client), "service": "standard",
            "visitAt": .string(visit.rfc3339),
        ]
        var steps: [Step] = [placement(key, input, at: placed, &random)]
        if random.chance(800) { steps += kit(key, from: placed, to: visit, &random) }
        if random.chance(250) {
            let at =
                placed + .seconds(random.below(Int((visit - placed).components.seconds) + 7_200))
            steps.append(
                event("order.cancel", key, at: at, by: Actor(role: "client", subject: client)))
        }
        if random.chance(750) {
            let at = visit + .seconds(random.below(7_200) - 3_600)
            steps.append(event("worker.checkedIn", key, at: at))
            if random.chance(850) {
                let end = at + .seconds(random.below(14_400) - 600)
                steps.append(event("report.uploaded", key, at: max(end, placed + .seconds(1))))
            }
        }
        return steps
    }

    private static func started(_ request: Request) -> InstanceName? {
        switch request {
        case .start(let command): command.name
        case .event(let command):
            command.event.data["orderId"]?.stringValue.map {
                InstanceName(workflow: "order", key: $0)
            }
        case .schedule, .operate, .update, .attachment, .adapter, .workflow, .money, .remove,
            .restore, .record:
            nil
        }
    }

    /// The workflows of which the next version is there to migrate to.
    package static let migrated = ["order", "client-invoice"]

    /// Some come into the next version, while their first calls are under way or at any moment.
    private static func migrating(_ step: Step, _ random: inout SeededRandom) -> [Step] {
        guard let name = started(step.request), migrated.contains(name.workflow), random.chance(400)
        else { return [] }
        let input = Input.operate(
            .migrate(to: Repository.nextVersion), reason: "the rule has changed",
            actor: Actor(role: "admin", subject: "a-1"))
        let moment =
            random.chance(600)
            ? step.at + .milliseconds(random.below(2_000))
            : Simulation.start + .seconds(random.below(3 * 86_400))
        return [(moment, .operate(name, input, isDry: false))]
    }

    /// An operator looks at what an action would do, holds an instance for a while, and sometimes forgets it: then it
    /// is resumed when the faults have stopped.
    private static func operating(
        _ name: InstanceName, _ random: inout SeededRandom
    ) -> [Step] {
        var steps: [Step] = []
        let operate = { (action: OperatorAction, seconds: Int, isDry: Bool) -> Step in
            let input = Input.operate(
                action, reason: "a look", actor: Actor(role: "admin", subject: "a-1"))
            return (
                Simulation.start + .seconds(seconds), .operate(name, input, isDry: isDry)
            )
        }
        let moment = random.below(3 * 86_400)
        if random.chance(300) {
            let action = random.pick([OperatorAction.terminate, .retry(incident: nil), .pause])
            steps.append(operate(action ?? .pause, moment, true))
        }
        if name.workflow == "order", random.chance(40) {
            steps.append(operate(.terminate, random.below(3 * 86_400), false))
        }
        for _ in 0..<2 where random.chance(400) {
            steps.append(operate(.retry(incident: nil), random.below(3 * 86_400), false))
        }
        if random.chance(250) {
            steps.append(operate(.pause, moment, false))
            if random.chance(800) {
                steps.append(operate(.resume, moment + random.below(86_400), false))
            }
        }
        return steps
    }

    /// An operator holds what takes money or sends mail, or all orders, for some hours; who forgets it is reminded when the faults stop.
    private static func holding(_ random: inout SeededRandom) -> [Step] {
        let actor = Actor(role: "admin", subject: "a-1")
        let adapters = ["bank", "cookies", "smtp", "iam"].flatMap { adapter in
            hold(250, &random) { .adapter(adapter, $0, actor: actor) }
        }
        let workflows = ["order", "client-invoice", "client-billing-cycle", "hiring", "inventory"]
        return adapters + money(&random)
            + workflows.flatMap { workflow in
                hold(350, &random) { .workflow(workflow, $0, actor: actor) }
            }
    }

    /// Two holds that may stand together, each released by somebody else.
    private static func money(_ random: inout SeededRandom) -> [Step] {
        let scopes: [MoneyScope] = [
            .all, .direction(.incoming), .direction(.outgoing), .adapter("bank"),
            .operation("charge", of: "bank"), .account(ExactText(client(random.below(3)))),
        ]
        return (1...2).flatMap { number -> [Step] in
            guard random.chance(500) else { return [] }
            let scope = scopes[random.below(scopes.count)]
            let start = Simulation.start + .seconds(random.below(3 * 86_400))
            let end = start + .seconds(random.below(2 * 86_400))
            let hold = MoneyAction.hold(Int64(number), scope, reason: "a look")
            let release = MoneyAction.release(Int64(number), reason: "seen")
            let steps: [Step] = [
                (start, .money(hold, actor: Actor(role: Actor.operatorRole, subject: "a-1")))
            ]
            guard random.chance(800) else { return steps }
            return steps + [
                (end, .money(release, actor: Actor(role: Actor.operatorRole, subject: "a-2")))
            ]
        }
    }

    private static func hold(
        _ perMille: Int, _ random: inout SeededRandom, _ request: (PauseAction) -> Request
    ) -> [Step] {
        guard random.chance(perMille) else { return [] }
        let start = Simulation.start + .seconds(random.below(3 * 86_400))
        let end = start + .seconds(random.below(8 * 3_600))
        return [(start, request(.pause(reason: "a look")))]
            + (random.chance(800) ? [(end, request(.resume(reason: "seen")))] : [])
    }

    private static let twins = ["caf\u{E9}", "cafe\u{301}"]

    /// Accounts whose names the sandbox's bank declines are among them. All have a mail address, which is ASCII.
    private static func client(_ number: Int) -> String {
        ["c-0", "c-declines-2-1", "c-2"][number]
    }

    private static func placement(
        _ key: String, _ input: Value, at moment: Timestamp, _ random: inout SeededRandom
    ) -> Step {
        if random.chance(500) {
            return (
                moment,
                .start(
                    StartCommand(
                        name: InstanceName(workflow: "order", key: key), input: input,
                        actor: Actor(role: "system", subject: "shop")))
            )
        }
        return (
            moment,
            .event(
                EventCommand(
                    address: .correlate(key: nil, workflow: nil),
                    event: InboundEvent(
                        id: "placed-\(key)", name: "order.placed", data: input, sender: .system)))
        )
    }

    private static func kit(
        _ key: String, from start: Timestamp, to visit: Timestamp, _ random: inout SeededRandom
    ) -> [Step] {
        let span = max(Int((visit - start).components.seconds), 60)
        let clerk = Actor(role: "clerk", subject: "k-1")
        var steps = [
            event("kit.collected", key, at: start + .seconds(random.below(span)), by: clerk),
            event("kit.issued", key, at: start + .seconds(random.below(span + 3_600)), by: clerk),
        ]
        if random.chance(150) {
            steps.append(
                event(
                    "kit.reset", key, at: start + .seconds(random.below(span)), by: clerk,
                    data: ["to": "toCollect"]))
        }
        return steps
    }

    /// Somebody has the clients billed now, and the schedule will find what is left.
    private static func cycle(_ random: inout SeededRandom) -> Step {
        (
            Simulation.start + .seconds(random.below(4 * 86_400)),
            .schedule(
                workflow: "client-billing-cycle", .run(reason: "a closing"),
                actor: Actor(role: "accountant", subject: "a-1"))
        )
    }

    /// Managers give awards, and an accountant has the workers paid early: the clock's months find what is left.
    private static func pay(_ random: inout SeededRandom) -> [Step] {
        var steps: [Step] = []
        for number in 1...3 where random.chance(400) {
            let amount = [1_250, 50_001][random.below(2)]
            steps.append(
                start(
                    InstanceName(workflow: "award", key: "a-\(number)"),
                    [
                        "worker": .string("w-00\(1 + random.below(3))"),
                        "amount": .int(Int64(amount)),
                        "why": "well done",
                    ], at: random.below(4 * 86_400), by: Actor(role: "manager", subject: "m-1")))
        }
        for number in 1...2 where random.chance(600) {
            let moment = 43_200 + random.below(3 * 86_400)
            let until = Simulation.start + .seconds(moment - 60)
            steps.append(
                start(
                    InstanceName(workflow: "worker-payout-cycle", key: "early-\(number)"),
                    [
                        "cycle": .string("early-\(number)"),
                        "from": .string((Simulation.start - .seconds(86_400)).rfc3339),
                        "until": .string(until.rfc3339),
                    ], at: moment, by: Actor(role: "accountant", subject: "a-1")))
        }
        return steps
    }

    private static func start(
        _ name: InstanceName, _ input: Value, at second: Int, by actor: Actor
    ) -> Step {
        (
            Simulation.start + .seconds(second),
            .start(StartCommand(name: name, input: input, actor: actor))
        )
    }

    private static func invoice(
        client number: Int, cycle: String, _ random: inout SeededRandom
    ) -> Step {
        let account = client(number)
        return (
            Simulation.start + .seconds(86_400 + random.below(86_400)),
            .start(
                StartCommand(
                    name: InstanceName(workflow: "client-invoice", key: "\(account):\(cycle)"),
                    input: ["account": .string(account), "cycle": .string(cycle)]))
        )
    }

    private static func event(
        _ name: String, _ key: String, at moment: Timestamp, by sender: Actor = .system,
        data: Value = .map(ValueMap())
    ) -> Step {
        (
            moment,
            .event(
                EventCommand(
                    address: .correlate(key: key, workflow: nil),
                    event: InboundEvent(
                        id: "\(name)-\(key)-\(moment.milliseconds)", name: name, data: data,
                        sender: sender)))
        )
    }
}
