import Engine
import Execution
import Logging
import MemoryStore
import Server
import Synchronization
import Values
import WorkflowLanguage

/// Requests to the API, as in a message of HTTP: `METHOD target`, headers, an empty line, the body. Several of them,
/// between lines of three dashes, go to one server after the other.
enum RequestEntry {
    static func run(_ bytes: [UInt8]) async throws(FuzzFailure) {
        guard let door else { throw FuzzFailure("the workflow does not parse") }
        let store = MemoryStore()
        let logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
        let engine = Engine(
            store: store,
            catalog: Catalog(workflows: [door], adapters: [], local: NoOperations()),
            clock: StillClock(), logger: logger)
        let responder = Responder(
            engine: engine, configuration: ServerConfiguration(maximumWait: .zero), logger: logger)
        let running = Task { try await engine.run() }
        defer { running.cancel() }
        for part in bytes.parts.prefix(8) {
            let (request, body) = request(part)
            let response = await responder.respond(to: request) { body }
            try check(response, request)
        }
        running.cancel()
        _ = await running.result
    }

    private static func check(
        _ response: RawResponse, _ request: RawRequest
    ) throws(FuzzFailure) {
        let name = "\(request.method) \(request.target.prefix(200)): \(response.status)"
        try require((200..<500).contains(response.status), "\(name) \(response.body.text)")
        for (header, value) in response.headers {
            try require(
                value.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(name): header \(header)")
        }
        let kind = response.headers.first { $0.name.lowercased() == "content-type" }?.value ?? ""
        // Pages, their style and script, figures; what is sent as it comes has no body here.
        guard kind.contains("json") else {
            let isPage = response.body.text.lowercased().hasPrefix("<!doctype html>")
            return try require(
                response.body.isEmpty || kind.hasPrefix("text/html") == isPage,
                "\(name) is no \(kind)")
        }
        guard let document = try? JSON.parse(response.body, limits: .trusted) else {
            throw FuzzFailure("\(name) is no document")
        }
        guard response.status >= 400 else { return }
        try require(document["status"] == .int(Int64(response.status)), "\(name): no status")
        try require(document["fix"]?.stringValue?.isEmpty == false, "\(name): no fix")
        try require(response.body.count < 200_000, "\(name): a problem without end")
    }

    private static func request(_ bytes: [UInt8]) -> (RawRequest, [UInt8]) {
        let lines = bytes.split(separator: 10, maxSplits: 10, omittingEmptySubsequences: false)
        let words = (lines.first ?? []).split(separator: 32, maxSplits: 1)
        var request = RawRequest(
            method: words.first.map { Array($0).text } ?? "GET",
            target: words.count > 1 ? Array(words[1]).text : "/", contentType: "application/json")
        var position = 1
        while position < lines.count, !lines[position].isEmpty {
            set(Array(lines[position]).text, in: &request)
            position += 1
        }
        return (request, Array(lines.dropFirst(position + 1).joined(separator: [10])))
    }

    private static func set(_ line: String, in request: inout RawRequest) {
        let sides = line.split(separator: ":", maxSplits: 1).map(String.init)
        let value = sides.count > 1 ? String(sides[1].drop { $0 == " " }) : ""
        switch sides.first?.lowercased() {
        case "host": request.host = value
        case "content-type": request.contentType = value
        case "pawl-actor": request.actor = value
        case "x-request-id": request.requestID = value
        case "origin": request.origin = value
        case "sec-fetch-site": request.fetchSite = value
        case "peer": request.isLocal = value != "far"
        default: break
        }
    }

    private static let door = WorkflowLanguage.parseWorkflow(
        """
        workflow: door
        version: 1
        start: {on: door.built, key: event.data.id}
        input:
          type: object
          required: [colour]
          additionalProperties: false
          properties:
            id: {type: string}
            colour: {type: string, enum: [red, green]}
            width: {type: integer, default: 80}
            note: {}
        params: {limit: {type: integer, default: 3}}
        context: {opener: {type: [string, 'null'], default: null}, notes: {default: []}}
        search: {colour: input.colour, width: input.width}
        events:
          door.open: {early: reject, data: {type: object, properties: {by: {type: string}}}}
          door.lock: {early: keep, ttl: 1d, from: {role: owner}}
          door.note: {early: drop}
        initial: closed
        states:
          closed:
            on:
              door.open: {target: opened, actions: {assign: {opener: '${event.data.by}'}}}
              door.lock: locked
              door.note: {actions: {assign: {notes: '${[context.notes, event.data]}'}}}
          locked:
            on: {door.open: {actions: {reject: {code: locked, message: 'locked by ${event}'}}}}
          opened:
            on: {door.note: gone}
          gone: {type: final, output: {by: '${context.opener}'}}
        """, file: "door.yaml"
    ).value
}

/// Time stands still, so that the same bytes do the same.
private struct StillClock: StoreClock {
    func now() -> Timestamp { Timestamp(seconds: 1_767_268_800) }
    func delay(until moment: Timestamp) -> Duration { .seconds(3600) }
}
