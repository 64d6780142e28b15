import Definition
import Engine
import OpenMetrics
import Resources
import Values

extension API {
    func live() -> APIResponse { APIResponse(["status": "ok"]) }

    func ready() throws -> APIResponse {
        do {
            _ = try engine.store.lastInstanceID()
        } catch {
            throw Problem.store(error)
        }
        var body: ValueMap = ["status": "ok", "now": .string(engine.clock.now().rfc3339)]
        body.set("clock", clockWhereApart)
        body.set("certificate", tls?.standing.documentWhereAmiss(WallClock.wallTime()))
        return APIResponse(.map(body))
    }

    /// What is to be known of the clock; nil: it is followed, as it should be.
    private var clockWhereApart: Value? {
        engine.clock.standing.flatMap { $0.isApart ? .map($0.document) : nil }
    }

    func system() throws -> APIResponse {
        let standing = engine.standing
        var body: ValueMap = [
            "version": .string(configuration.version),
            "runningSeconds": .int(engine.vitals.age.components.seconds),
            "intervalSeconds": .int(Vitals.interval.components.seconds),
            "samples": .list(standing.samples.map(\.document)),
        ]
        body.set("bytes", standing.bytes.map(Value.int))
        body.set("clock", clockWhereApart)
        body.set("certificate", tls?.standing.document)
        return APIResponse(.map(body))
    }

    func metrics(_ request: APIRequest) throws -> APIResponse {
        guard let telemetry else {
            throw Problem(
                .notFound, "this server counts nothing",
                fix: "the application that it is a part of has its own metrics")
        }
        let format = Exposition.wanted(by: request.accept)
        let bytes = Array(format.text(telemetry.families(engine, tls?.standing)).utf8)
        return APIResponse(
            status: 200, headers: [("Cache-Control", "no-store")],
            ResponseContent(type: format.mediaType, length: Int64(bytes.count)) { offset, count in
                Array(bytes.dropFirst(Int(offset)).prefix(count))
            })
    }

    func version() -> APIResponse {
        APIResponse(["name": "pawl", "version": .string(configuration.version), "api": "v1"])
    }

    func description() -> APIResponse {
        APIResponse(OpenAPI.document(RouteDeclaration.all, version: configuration.version))
    }
}
