import Values

// Console: the pages that admins see, in the same binary.
//
// Theory of operation. The console is a reader of the API and knows nothing else: a page asks its resources through
// `ConsoleAPI`, which in a server is the API's own table of routes in the same process, makes a value of what they say,
// and renders it with a Mustache template. So a page, the command line and a program see the same sentence and the same
// legal actions, and what a form does passes the same checks as everybody's request. Everything works without a script:
// links and forms; the script adds live updates, keys and copying. Templates, style and script are files in `Assets`,
// embedded when the program is built. Content-Security-Policy forbids whatever is inline.

/// Answers a browser.
package struct Console: Sendable {
    private let renderer: Renderer
    private let assets = Assets()
    let pictures = Pictures()
    /// What the frame shows beside the name: `production`.
    let environment: String
    let version: String
    /// Tells the process that made a page from a later one.
    let process: String

    package init(environment: String, version: String, process: String) {
        self.environment = environment
        self.version = version
        self.process = process
        renderer = Renderer(assets: assets)
    }

    /// Whether a path is the console's; all others are the API's.
    package static func owns(_ segments: [String]) -> Bool {
        guard let first = segments.first else { return true }
        return Page.firstSegments.contains(first)
    }

    package func respond(
        to request: ConsoleRequest, api: any ConsoleAPI
    ) async -> ConsoleResponse {
        if request.segments.first == "assets" {
            return assets.respond(request.segments.dropFirst().joined(separator: "/"))
        }
        let visit = await Visit(request, api, self)
        do {
            return try await Page.answer(visit)
        } catch let problem as APIProblem {
            return await ProblemPage.answer(problem, visit)
        } catch {
            return await ProblemPage.answer(
                APIProblem(status: 500, detail: "this page could not be made: \(error)"), visit)
        }
    }

    /// What a browser is told whose request was refused before anybody read it.
    package func refuse(
        _ answer: APIAnswer, of request: ConsoleRequest, api: any ConsoleAPI
    ) async -> ConsoleResponse {
        await ProblemPage.answer(APIProblem(answer), await Visit(request, api, self))
    }

    /// A page in its frame.
    func page(
        _ content: any PageContent, of visit: Visit, status: Int = 200
    ) async -> ConsoleResponse {
        let frame = await Frame(visit, content)
        let html = renderer.render(content, in: frame)
        return .html(html, status: status)
    }
}

/// One request on its way to a page.
struct Visit: Sendable {
    let request: ConsoleRequest
    let api: any ConsoleAPI
    let console: Console
    /// The moment of the page, of which its distances are told; nil: the store cannot be read.
    let now: Timestamp?

    init(_ request: ConsoleRequest, _ api: any ConsoleAPI, _ console: Console) async {
        self.request = request
        self.api = api
        self.console = console
        let ready = await api.ask(APICall("GET", "/readyz"))
        now = ready.body["now"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
    }

    /// A resource of the API.
    /// - Throws: `APIProblem`.
    func get(_ path: String, _ query: [(String, String)] = []) async throws -> Value {
        try await ask(APICall("GET", path, query: query)).body
    }

    /// How many instances a filter finds.
    func total(_ filter: String) async throws -> Total {
        Total(try await get("/v1/instances", [("filter", filter), ("count", "1")]))
    }

    /// - Throws: `APIProblem` for whatever is no success.
    func ask(_ call: APICall) async throws -> APIAnswer {
        let answer = await api.ask(call)
        guard (200..<300).contains(answer.status) else { throw APIProblem(answer) }
        return answer
    }

    func page(_ content: any PageContent) async -> ConsoleResponse {
        await console.page(content, of: self)
    }
}
