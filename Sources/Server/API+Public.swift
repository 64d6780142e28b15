import Definition
import Engine
import Execution
import Foundation
import Sabotage
import Values

/// The way in for those whom nobody knows.
extension API {
    /// `POST /public/{workflow} -> 201 {reference}`. The instance's key is the server's, so that nobody chooses one
    /// or meets somebody else's; under the same `Idempotency-Key` it is the same one (200).
    func startFromOutside(_ request: APIRequest) async throws -> APIResponse {
        let workflow = request.parameter("workflow")
        let key = try reference(request, workflow)
        let command = StartCommand(
            name: InstanceName(workflow: workflow, key: key), input: try request.json(),
            actor: request.actor)
        let isNew: Bool
        do throws(Problem) {
            isNew = try await engine.start(command)
        } catch {
            logger.notice(
                "a stranger was refused",
                metadata: [
                    "workflow": "\(workflow.quotable)", "reason": "\(error.message)",
                    "request": "\(request.id)",
                ])
            throw Refusal(isMutant(.strangersToldWhy) ? error : error.forStrangers)
        }
        return APIResponse(status: isNew ? 201 : 200, ["reference": .string(key)])
    }

    /// 128 bits in lower-case hex.
    private func reference(_ request: APIRequest, _ workflow: String) throws(Refusal) -> String {
        guard let key = request.idempotencyKey else {
            return UUID().uuidString.lowercased().filter { $0 != "-" }
        }
        guard (16...200).contains(key.utf8.count) else {
            throw Refusal(
                Problem(
                    .malformed, "the header Idempotency-Key must have 16 to 200 characters",
                    fix: "send a new UUID with each form, and the same one when it is sent again"))
        }
        return String(SHA256.hex(of: workflow + "\n" + key).prefix(32))
    }
}

extension Problem {
    /// The code, and a sentence for whoever sends a form: what runs behind the entry, under which name and why it failed,
    /// is the operator's to know.
    fileprivate var forStrangers: Problem {
        switch code {
        case .invalid:
            Problem(
                .invalid, "what was sent does not fit", fix: "mend the members named in `errors`",
                errors: errors)
        case .unknownAttachment:
            Problem(code, "files cannot be sent here", fix: "leave the file out")
        case .keyConflict:
            Problem(
                code, "another form was sent under this Idempotency-Key",
                fix: "send a new UUID with each form")
        case .overloaded, .unavailable, .timedOut, .cancelled, .storeUntrusted:
            Problem(code, "this cannot be taken at the moment", fix: "try again later")
        default:
            Problem(code, "this cannot be taken", fix: "ask those who gave you the form")
        }
    }
}
