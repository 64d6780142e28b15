import Values

extension Blocker {
    /// What a person may do about it now: a value, from which the API's request, the line to type and the form of a
    /// page are made.
    package struct LegalAction: Sendable, Hashable {
        package let verb: ActionVerb
        /// Whom it concerns: the instance itself, or a child that holds it up.
        package let instance: InstanceName
        /// The members of the API's body. A string such as `<orderId>` is still to be filled in.
        package let arguments: ValueMap
        /// Which of the instance's tasks; nil: the one that it has, or none.
        package let task: Int64?
        /// As whom; nil: as whoever asks.
        package let actor: Performer?
        /// It is suggested as a dry run: first see what would come of it.
        package let isDry: Bool
        package let sentence: String

        package init(
            _ verb: ActionVerb, of instance: InstanceName, _ arguments: ValueMap = ValueMap(),
            task: Int64? = nil, as actor: Performer? = nil, isDry: Bool = false, sentence: String
        ) {
            self.verb = verb
            self.instance = instance
            self.arguments = arguments
            self.task = task
            self.actor = actor
            self.isDry = isDry
            self.sentence = sentence
        }

        /// As the API calls it.
        package var name: String { verb.name }

        /// As the API gives it.
        package var document: ValueMap {
            var arguments = arguments
            let target = verb.target.flatMap { target in
                arguments[target.rawValue].map { (target.rawValue, $0) }
            }
            if let target { arguments[target.0] = nil }
            var map: ValueMap = [
                "name": .string(name), "sentence": .string(sentence), "command": .string(command),
                "instance": .string(instance.description), "arguments": .map(arguments),
            ]
            if verb.isOfTask { map["task"] = task.map { .int($0) } ?? "only" }
            if let target { map[target.0] = target.1 }
            map.set("as", actor.map { .string($0.description) })
            if isDry { map["dryRun"] = true }
            return map
        }
    }

    /// Who is to do it: somebody, or anybody of a role.
    package struct Performer: Sendable, Hashable, CustomStringConvertible {
        @ExactText package private(set) var role: String
        package let subject: String?

        package init(role: String, subject: String? = nil) {
            self.role = role
            self.subject = subject
        }

        package var description: String { subject.map { "\(role)/\($0)" } ?? role }
    }
}

extension Blocker.LegalAction {
    /// Another try of what an incident is about.
    package static func retry(
        _ instance: InstanceName, incident: Int64, sentence: String = "Try it again."
    ) -> Self {
        Self(.retry, of: instance, ["incident": .int(incident)], sentence: sentence)
    }

    /// The workflow's own way out, which every instance has that runs.
    package static func cancel(_ instance: InstanceName) -> Self {
        Self(
            .cancel, of: instance, ["reason": Blank.text(Blank.why)],
            sentence: "Cancel it, undoing what it did.")
    }
}
