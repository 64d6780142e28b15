import CEL
import Definition
import Execution
import Sabotage
import Values

/// What an answer, or its absence, means. The one question behind every line: may the effect have taken place?
///
/// - `.failed` says that it did not: a declared error, a mail server's refusal, a request that never left.
/// - `.unknown` says that it may have: sent without an answer, any status besides 2xx that the manifest does not
///   declare, a 2xx that cannot be read. An operation of kind `query` has no effect, so for it all of these are
///   failures.
/// - An asking ends as the manifest's rule says; whatever the rule cannot judge leaves it undecided. There `.failed` names
///   why nothing took place, and `.unknown` says that only a person can tell.
extension Exchange {
    package func read(_ result: Result<Answer, TransportFailure>) -> AnswerReading {
        switch result {
        case .success(let answer): read(AnswerView(answer))
        case .failure(let failure): read(failure)
        }
    }

    private func read(_ answer: AnswerView) -> AnswerReading {
        AnswerReading(
            outcome: row.purpose == .ask ? asked(answer) : performed(answer), end: end(answer))
    }

    // MARK: Attempts

    private func performed(_ answer: AnswerView) -> CallOutcome {
        if operation.accepted.contains(where: { $0.matches(answer.status) }) {
            return succeeded(answer)
        }
        if let rule = operation.errors.first(where: { matches($0, answer) }) {
            return .failed(
                error(rule.name, answer, isRetryable: rule.isRetryable))
        }
        guard let error = undeclared(answer) else { return succeeded(answer) }
        let isTaken = isMutant(.redirectTakenAsFailed) && (300..<400).contains(answer.status)
        return answer.isDefinite || isTaken ? .failed(error) : mayHaveApplied(error)
    }

    /// nil: it is a success.
    private func undeclared(_ answer: AnswerView) -> CallError? {
        switch answer.meaning {
        case .accepted: nil
        case .refused: error("rejected", answer, isRetryable: false)
        case .notConsidered: error("rejected", answer, isRetryable: true)
        case .unavailable, .broken: error("unavailable", answer, isRetryable: true)
        }
    }

    private func succeeded(_ answer: AnswerView) -> CallOutcome {
        switch output(answer) {
        case .success(let output):
            return .succeeded(output)
        case .failure(let refusal):
            return mayHaveApplied(
                CallError(
                    name: "invalid-output", message: refusal.error.message, isRetryable: false,
                    detail: answer.detail))
        }
    }

    private func mayHaveApplied(_ error: CallError) -> CallOutcome {
        operation.kind == .query ? .failed(error) : .unknown(error)
    }

    private func error(_ name: String, _ answer: AnswerView, isRetryable: Bool) -> CallError {
        CallError(
            name: name, message: "\(operation.name) was answered with \(answer.status)",
            isRetryable: isRetryable, detail: answer.detail)
    }

    /// What an asking says.
    private func told(
        _ name: String, _ message: String, _ answer: AnswerView, _ isRetryable: Bool
    ) -> CallError {
        CallError(
            name: name, message: "\(operation.name) was asked about: \(message) (\(name))",
            isRetryable: isRetryable, detail: answer.detail)
    }

    /// A rule whose condition has no value does not match.
    private func matches(_ rule: ErrorRule, _ answer: AnswerView) -> Bool {
        let isListed = rule.statuses.contains { $0.matches(answer.status) }
        guard isListed || (rule.statuses.isEmpty && rule.condition != nil) else { return false }
        return rule.condition.map { holds($0, answer) == true } ?? true
    }

    // MARK: Askings

    private func asked(_ answer: AnswerView) -> CallOutcome {
        guard case .ask(let rule) = operation.onUnknown else { return .undecided }
        if let park = rule.park {
            guard let isUnclear = holds(park, answer) else { return .undecided }
            if isUnclear, !isMutant(.oneOfSeveralChosen) {
                return .unknown(
                    told("unclear", "more than one thing may be what it did", answer, false))
            }
        }
        guard let isApplied = holds(rule.applied, answer)
        else { return .undecided }
        if isApplied {
            // Applied, but it cannot be read what came of it: a later answer may be complete.
            guard case .success(let output) = output(answer) else { return .undecided }
            return .succeeded(output)
        }
        if let refusal = rule.refused.first(where: { matches($0, answer) }),
            !isMutant(.askedRefusalSentAgain)
        {
            return .failed(
                told(refusal.name, "it did not take place", answer, refusal.isRetryable))
        }
        if let undecided = rule.undecided, holds(undecided, answer) != false { return .undecided }
        // That something is not there is an answer; that the question was not understood is none.
        switch answer.status {
        case 200..<300, 404, 410: return .notApplied
        default: return .undecided
        }
    }

    // MARK: Expressions

    private func holds(_ expression: Expression, _ answer: AnswerView) -> Bool? {
        (try? expression.evaluate(bindings(answer)))?.boolValue
    }

    private func bindings(_ answer: AnswerView) -> Bindings {
        var bindings = bindings(input: row.input)
        bindings["response"] = answer.response
        return bindings
    }

    private func output(_ answer: AnswerView) -> Result<Value, Refusal> {
        var output = answer.body
        if let template = operation.output {
            do throws(Refusal) {
                output = try template.value(bindings(answer), for: "the output")
            } catch {
                guard let flaw = answer.flaw else { return .failure(error) }
                return .failure(
                    .configuration("\(error.error.message); of the body that came: \(flaw)"))
            }
        } else if let flaw = answer.flaw {
            return .failure(
                .configuration("the output of '\(operation.name)' is the whole body, and \(flaw)"))
        } else if case .mail(let template) = operation.request {
            output = mailOutput(template)
        }
        if let excess = output.excess() {
            return .failure(
                .configuration(
                    "the output of '\(operation.name)' is \(excess); "
                        + "let `output` name what is needed"))
        }
        switch operation.outputSchema.decode(output.plain) {
        case .valid(let value):
            return .success(value)
        case .invalid(let violations):
            if isMutant(.misfitOutputTaken) { return .success(output.plain) }
            let reasons = violations.prefix(3).map { "\($0)" }.joined(separator: "; ")
            return .failure(.configuration("the output of '\(operation.name)': \(reasons)"))
        }
    }

    /// Of a mail, what identifies it.
    private func mailOutput(_ template: MailTemplate) -> Value {
        let from = (try? template.from.evaluate(bindings(input: row.input)))?.interpolated
        let domain = from.flatMap { MailAddress($0) }?.domain ?? "localhost"
        return ["messageId": .string(MailMessage.messageID(key: row.key, domain: domain))]
    }

    // MARK: No answer

    private func read(_ failure: TransportFailure) -> AnswerReading {
        AnswerReading(
            outcome: row.purpose == .ask ? .undecided : performed(failure),
            end: failure.end)
    }

    private func performed(_ failure: TransportFailure) -> CallOutcome {
        let error = CallError(
            name: failure.errorName, message: failure.message, isRetryable: true)
        return failure.wasSent ? mayHaveApplied(error) : .failed(error)
    }

    private func end(_ answer: AnswerView) -> CallEnd {
        switch answer.meaning {
        case .accepted: .success
        case .refused, .notConsidered: .businessError
        case .unavailable: answer.isMail ? .failure : .businessError
        case .broken: .failure
        }
    }
}

extension TransportFailure {
    fileprivate var errorName: String {
        switch kind {
        case .forbiddenAddress: "configuration"
        case .timedOut: "timeout"
        case .unreachable, .lost, .tooLarge, .cancelled: "unavailable"
        }
    }

    fileprivate var end: CallEnd {
        switch kind {
        case .forbiddenAddress, .cancelled: .cancelled
        case .unreachable: .failure
        case .timedOut, .lost, .tooLarge: wasSent ? .unknown : .failure
        }
    }
}

extension ErrorRule.Status {
    fileprivate func matches(_ status: Int) -> Bool {
        switch self {
        case .exactly(let code): code == status
        case .hundreds(let hundreds): hundreds == status / 100
        }
    }
}
