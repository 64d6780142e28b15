import Engine
import Execution
import Values

/// People who apply, some of them twice, and managers who decide on them, some of them at once; and candidates who
/// withdraw at any moment.
extension MarketScenario {
    static func hiring(_ random: inout SeededRandom) -> [Step] {
        var steps: [Step] = [catalogue(at: Simulation.start)]
        for number in 1...(1 + random.below(3)) { steps += application(number, &random) }
        return steps
    }

    private static func catalogue(at moment: Timestamp) -> Step {
        let question: Value = [
            "id": "q1", "text": "Wet hands?", "choices": ["dry them", "go on"], "correct": 0,
        ]
        let input: Value = ["test": "safety", "title": "Safety", "questions": [question]]
        return (
            moment,
            .start(
                StartCommand(
                    name: InstanceName(workflow: "hiring-test", key: "safety"), input: input,
                    actor: Actor(role: "manager", subject: "mia")))
        )
    }

    private static func application(_ number: Int, _ random: inout SeededRandom) -> [Step] {
        let name = InstanceName(workflow: "hiring", key: "a-\(number)")
        var moment = Simulation.start + .seconds(random.below(86_400))
        func later() -> Timestamp {
            moment = moment + .seconds(random.below(30_000))
            return moment
        }
        // One in three has applied before.
        let person = random.chance(330) ? 1 : number
        var steps: [Step] = [
            (
                moment,
                .start(
                    StartCommand(
                        name: name,
                        input: [
                            "name": "Eva", "email": .string("eva-\(person)@mail.example"),
                            "skills": ["standard"],
                        ], actor: Actor(role: "public", subject: "anonymous")))
            )
        ]
        let tests: Value = random.chance(500) ? ["safety"] : []
        steps += decisions("assign", ["tests": tests], of: name, later(), &random)
        if random.chance(800) {
            let event = InboundEvent(
                id: "t-\(number)", name: "test.submitted",
                data: ["test": "safety", "answers": ["q1": 0]],
                sender: Actor(role: "candidate", subject: name.key))
            steps.append(
                (later(), .event(EventCommand(address: .instance(name), event: event))))
        }
        steps += decisions("accept", [:], of: name, later(), &random)
        if random.chance(200) {
            let event = InboundEvent(
                id: "w-\(number)", name: "application.withdrawn", data: .map(ValueMap()),
                sender: Actor(role: "candidate", subject: name.key))
            steps.append(
                (
                    Simulation.start + .seconds(random.below(3 * 86_400)),
                    .event(EventCommand(address: .instance(name), event: event))
                ))
        }
        return steps
    }

    /// By one manager or, at the same moment, by two who do not agree; by one who has claimed it or who has not.
    private static func decisions(
        _ outcome: String, _ form: Value, of name: InstanceName, _ moment: Timestamp,
        _ random: inout SeededRandom
    ) -> [Step] {
        func act(_ action: TaskAction, _ subject: String, after milliseconds: Int = 0) -> Step {
            let input = Input.task(
                nil, action, actor: Actor(role: "manager", subject: subject))
            return (
                moment + .milliseconds(milliseconds), .operate(name, input, isDry: false)
            )
        }
        var steps: [Step] = []
        if random.chance(400) { steps.append(act(.claim, random.chance(500) ? "mia" : "max")) }
        let decision = TaskAction.decide(TaskDecision(outcome, form: form))
        steps.append(act(decision, "mia", after: 10))
        if random.chance(300) {
            steps.append(
                act(.decide(TaskDecision("decline")), "max", after: 10 + random.below(2)))
        }
        return steps
    }
}
