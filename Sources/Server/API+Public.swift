import Definition
import Engine
import Execution
import Foundation
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
            throw Refusal(error)
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
