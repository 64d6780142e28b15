/// The API, route by route. Handlers are in the `API+…` file of their subject.
extension Route {
    static let all: [Route] = system + catalog + collections + instances + events

    private static let system: [Route] = [
        Route(.get, "/livez", "The process lives.") { api, _ in api.live() },
        Route(.get, "/readyz", "The store can be read.") { api, _ in try api.ready() },
        Route(.get, "/version", "Name and version.") { api, _ in api.version() },
    ]

    private static let catalog: [Route] = [
        Route(.get, "/v1/workflows", "Latest versions of all workflows.") { api, _ in
            api.workflows()
        },
        Route(.get, "/v1/workflows/{workflow}", "One workflow: schemas, events, states.") {
            try $0.workflow($1)
        },
        Route(.get, "/v1/adapters", "Adapters: operations, breaker, queue.") { api, _ in
            api.adapters()
        },
    ]

    private static let collections: [Route] = [
        Route(
            .get, "/v1/instances", "Instances, newest first.", query: ["filter", "count", "cursor"]
        ) { try $0.list($1) },
        Route(
            .get, "/v1/incidents", "Open incidents, oldest first.", query: ["count", "cursor"]
        ) { try $0.incidents($1) },
        Route(
            .put, "/v1/workflows/{workflow}/instances/{key}",
            "Starts an instance under a key, or finds the one there is. The body is the input.",
            query: waiting
        ) { try await $0.put($1) },
        Route(
            .post, "/v1/workflows/{workflow}/instances",
            "Starts an instance. The body holds key, input and params.", query: waiting
        ) { try await $0.post($1) },
    ]

    /// What can be asked of one instance, by either of its addresses.
    private static let instances = [
        "/v1/instances/{id}", "/v1/workflows/{workflow}/instances/{key}",
    ]
    .flatMap { base in
        [
            Route(.get, base, "One instance.", query: waiting) { try await $0.instance($1) },
            Route(.get, base + "/why", "Why it does not move, and what would move it.") {
                try $0.why($1)
            },
            Route(
                .get, base + "/history", "What happened, in order.", query: ["after", "count"]
            ) { try $0.history($1) },
            Route(.get, base + "/actions", "What may be done to it now.") {
                try $0.actions($1)
            },
            Route(.post, base + "/events", "Sends it an event.", query: waiting) {
                try await $0.send($1)
            },
            Route(.post, base + "/actions/retry", "Tries an incident's call again.") {
                try await $0.retry($1)
            },
            Route(.post, base + "/actions/cancel", "Cancels it, undoing what it did.") {
                try await $0.cancel($1)
            },
        ]
    }

    private static let events: [Route] = [
        Route(
            .post, "/v1/events", "Sends an event to the instances that it concerns.", query: waiting
        ) { try await $0.correlate($1) }
    ]

    private static let waiting = ["wait", "until"]
}
