/// The API, route by route. Handlers are in the `API+…` file of their subject.
extension Route {
    static let all: [Route] =
        system + catalog + collections + instances + events + schedules + attachments

    /// What is there inside another server: nothing that is about a process.
    static let mounted: [Route] =
        catalog + collections + instances + events + schedules + attachments

    /// What strangers see: one thing.
    static let publicEntry: [Route] = [
        Route(.post, "/public/{workflow}", "Starts an instance. The body is the input.") {
            try await $0.startFromOutside($1)
        }
    ]

    private static let system: [Route] = [
        Route(.get, "/livez", "The process lives.") { api, _ in api.live() },
        Route(.get, "/readyz", "The store can be read.") { api, _ in try api.ready() },
        Route(.get, "/version", "Name and version.") { api, _ in api.version() },
    ]

    private static let catalog: [Route] = [
        Route(.get, "/v1/workflows", "Latest versions of all workflows.") { api, _ in
            try api.workflows()
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
            .get, "/v1/incidents", "Open incidents, oldest first.",
            query: ["cause", "count", "cursor"]
        ) { try $0.incidents($1) },
        Route(
            .get, "/v1/incident-groups", "Open incidents by cause, the most frequent first.",
            query: ["count"]
        ) { try $0.incidentGroups($1) },
        Route(
            .get, "/v1/tasks", "Tasks for people, the most urgent first.",
            query: ["filter", "count", "cursor"]
        ) { try $0.tasks($1) },
        Route(.get, "/v1/substitutions", "Who does the tasks of whom meanwhile.") {
            try $0.substitutions($1)
        },
        Route(.post, "/v1/substitutions", "Has somebody stand in for who is away.") {
            try await $0.substitute($1)
        },
        Route(.post, "/v1/substitutions/end", "Ends that.") {
            try await $0.endSubstitution($1)
        },
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
    private static let instances: [Route] = [
        "/v1/instances/{id}", "/v1/workflows/{workflow}/instances/{key}",
    ].flatMap { base in
        looking(base) + actions(base + "/actions") + tasks(base + "/tasks")
    }

    private static func looking(_ base: String) -> [Route] {
        [
            Route(.get, base, "One instance.", query: waiting) { try await $0.instance($1) },
            Route(.get, base + "/why", "Why it does not move, and what would move it.") {
                try $0.why($1)
            },
            Route(
                .get, base + "/history", "What happened, in order.",
                query: ["after", "count", "last", "before"]
            ) { try $0.history($1) },
            Route(
                .get, base + "/members", "What became of each member of a fan-out.",
                query: ["activation", "status", "after", "count"]
            ) { try $0.members($1) },
            Route(.get, base + "/actions", "What may be done to it now.") {
                try $0.actions($1)
            },
            Route(.post, base + "/events", "Sends it an event.", query: waiting) {
                try await $0.send($1)
            },
        ]
    }

    private static func actions(_ base: String) -> [Route] {
        [
            Route(.post, base + "/retry", "Tries an incident's call again.") {
                try await $0.retry($1)
            },
            Route(.post, base + "/cancel", "Cancels it, undoing what it did.") {
                try await $0.cancel($1)
            },
            Route(.post, base + "/complete", "Says what an incident's call gave.") {
                try await $0.complete($1)
            },
            Route(.post, base + "/fail", "Says that an incident's call failed.") {
                try await $0.fail($1)
            },
            Route(.post, base + "/assign", "Sets members of its context.") {
                try await $0.assign($1)
            },
            Route(.post, base + "/move", "Enters a state that no transition led to.") {
                try await $0.move($1)
            },
            Route(.post, base + "/fire-timer", "Fires a state's timer now.") {
                try await $0.fireTimer($1)
            },
            Route(.post, base + "/pause", "Holds it; what comes meanwhile is kept.") {
                try await $0.pause($1)
            },
            Route(.post, base + "/resume", "Lets it go on with what came meanwhile.") {
                try await $0.resume($1)
            },
            Route(.post, base + "/terminate", "Ends it without its logic.") {
                try await $0.terminate($1)
            },
        ]
    }

    /// `{task}` is its number, or `only`.
    private static func tasks(_ base: String) -> [Route] {
        [
            Route(.get, base, "Its open tasks.") { try $0.instanceTasks($1) },
            Route(.get, base + "/{task}", "One open task, with its ETag.") {
                try $0.instanceTask($1)
            },
            Route(.post, base + "/{task}/claim", "Takes a task.") { try await $0.claim($1) },
            Route(.post, base + "/{task}/release", "Gives a task back to its role.") {
                try await $0.release($1)
            },
            Route(.post, base + "/{task}/assign", "Gives a task to somebody.") {
                try await $0.assignTask($1)
            },
            Route(.post, base + "/{task}/comment", "Says something about a task.") {
                try await $0.comment($1)
            },
            Route(.post, base + "/{task}/remind", "Sends its reminder now.") {
                try await $0.remind($1)
            },
            Route(.post, base + "/{task}/decide", "Says how a task ends.") {
                try await $0.decide($1)
            },
        ]
    }

    private static let events: [Route] = [
        Route(
            .post, "/v1/events", "Sends an event to the instances that it concerns.", query: waiting
        ) { try await $0.correlate($1) }
    ]

    private static let schedules: [Route] = [
        Route(.get, "/v1/schedules", "Workflows that start by the clock.") { api, _ in
            try api.schedules()
        },
        Route(
            .get, "/v1/schedules/{workflow}", "One schedule: next occurrences, log.",
            query: ["count"]
        ) { try $0.schedule($1) },
        Route(.post, "/v1/schedules/{workflow}/pause", "Starts nothing until it is resumed.") {
            try await $0.pauseSchedule($1)
        },
        Route(.post, "/v1/schedules/{workflow}/resume", "Starts by the clock again.") {
            try await $0.resumeSchedule($1)
        },
        Route(.post, "/v1/schedules/{workflow}/run", "Starts an instance now.") {
            try await $0.runSchedule($1)
        },
        Route(
            .post, "/v1/schedules/{workflow}/backfill",
            "Starts what a past span missed; with `dryRun` lists it."
        ) { try await $0.backfillSchedule($1) },
    ]

    private static let attachments: [Route] = [
        Route(
            .put, "/v1/attachments", "Keeps content, to be referred to by its hash.",
            takesPieces: true
        ) { try await $0.putAttachment($1) },
        Route(
            .get, "/v1/attachments/{sha256}", "Content, or a range of it.", query: ["name"]
        ) { try await $0.attachment($1) },
    ]

    private static let waiting = ["wait", "until"]
}
