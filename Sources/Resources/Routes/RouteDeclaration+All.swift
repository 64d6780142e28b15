import Access
import Execution
import Values

// The API, route by route. How each is answered is in `Server`.

extension RouteDeclaration {
    package static let all: [RouteDeclaration] = process + clock + tokens + mounted

    /// What is there inside another server: nothing that is about a process.
    package static let mounted: [RouteDeclaration] =
        catalog + collections + substitutions + starting + instances + operations + erasures + money
        + events + schedules + alerts + statements + retention + audit
        + attachments

    /// What strangers see: one thing.
    package static let publicEntry: [RouteDeclaration] = [
        RouteDeclaration(
            endpoint: .startFromOutside, method: .post, path: "/public/{workflow}",
            summary: "Starts an instance. The body is the input.", permission: .none, tag: .entry,
            headers: [idempotencyKey], body: .json(true, isRequired: true),
            answers: [
                .init(status: 201, content: .resource("Reference"), summary: "It is started."),
                .init(
                    status: 200, content: .resource("Reference"),
                    summary: "It was started by an earlier request with this key."),
            ], refusals: [404, 409, 413, 415])
    ]

    // MARK: The process

    private static let process: [RouteDeclaration] = [
        get(.live, "/livez", "Whether the process lives.", "Liveness", .none, .process),
        get(.ready, "/readyz", "Whether the store can be read.", "Readiness", .none, .process),
        get(.version, "/version", "Name and version.", "Version", .none, .process),
        get(
            .system, "/v1/system",
            "How the engine has done in the last hour, a sample for each few seconds.", "System",
            .read, .process),
        RouteDeclaration(
            endpoint: .metrics, method: .get, path: "/metrics",
            summary:
                "What is counted and measured, for Prometheus; OpenMetrics where `Accept` asks for it.",
            permission: .read, tag: .process,
            answers: [
                .init(
                    status: 200,
                    content: .bytes(["text/plain", "application/openmetrics-text"]),
                    summary: "A line for each sample.")
            ], refusals: [404]),
        get(
            .description, "/openapi.json", "This description, OpenAPI 3.1.", "Description", .none,
            .process),
    ]

    // MARK: What is declared

    private static let catalog: [RouteDeclaration] =
        [
            get(
                .workflows, "/v1/workflows", "Latest versions of all workflows.", "WorkflowList",
                .read, .workflows),
            get(
                .workflow, "/v1/workflows/{workflow}", "One workflow: schemas, events, states.",
                "Workflow", .read, .workflows, refusals: [404]),
            get(
                .versionDifference, "/v1/workflows/{workflow}/difference",
                "What differs between two versions that are loaded, and whom it would strand.",
                "VersionDifference", .read, .workflows,
                query: [
                    Parameter("from", version, "The older one.", isRequired: true),
                    Parameter("to", version, "Without it, the one that starts."),
                ], refusals: [404]),
            get(
                .adapters, "/v1/adapters", "Adapters: operations, breaker, queue.", "AdapterList",
                .read, .adapters),
            get(
                .adapter, "/v1/adapters/{adapter}", "One adapter, with who held it.", "Adapter",
                .read,
                .adapters, refusals: [404]),
        ] + ActionDeclaration.ofWorkflows.map { acting($0, "/v1/workflows/{workflow}") }
        + ActionDeclaration.ofAdapters.map { acting($0, "/v1/adapters/{adapter}") }

    private static let version: Value = ["type": "integer", "minimum": 1]

    // MARK: Many

    private static let collections: [RouteDeclaration] = [
        get(
            .instances, "/v1/instances", "Instances, newest first.", "InstanceList", .read,
            .instances,
            query: [
                filter, count(500, 50), cursor,
                Parameter(
                    "total",
                    [
                        "type": "string", "default": .string(ListTotal.enough.rawValue),
                        "enum": .list(ListTotal.allCases.map { .string($0.rawValue) }),
                    ],
                    "How `total` is counted: up to 10,000, or to the end, however long it takes."),
            ]),
        get(
            .incidents, "/v1/incidents", "Open incidents, oldest first.", "IncidentList", .read,
            .incidents,
            query: [
                Parameter("cause", ["type": "string"], "Only those of this cause."),
                count(500, 50), cursor,
            ]),
        get(
            .incidentGroups, "/v1/incident-groups",
            "Open incidents by cause, the most frequent first.", "IncidentGroupList", .read,
            .incidents, query: [count(500, 50)]),
        get(
            .pauseGroups, "/v1/pause-groups",
            "Paused instances by who paused them and why, the largest group first.",
            "PauseGroupList", .read, .instances, query: [count(500, 50)]),
        get(
            .tasks, "/v1/tasks", "Tasks for people, the most urgent first.", "TaskList", .read,
            .tasks, query: [filter, count(500, 50), cursor]),
    ]

    private static let substitutions: [RouteDeclaration] = [
        get(
            .substitutions, "/v1/substitutions", "Who does the tasks of whom meanwhile.",
            "SubstitutionList", .read, .tasks),
        RouteDeclaration(
            endpoint: .substitute, method: .post, path: "/v1/substitutions",
            summary: "Has somebody stand in for who is away.", permission: .decide, tag: .tasks,
            body: .json(BodySchema.substitution, isRequired: true),
            answers: [
                .init(status: 200, content: .resource("Substitution"), summary: "So it is now.")
            ], refusals: [413, 415]),
        RouteDeclaration(
            endpoint: .endSubstitution, method: .post, path: "/v1/substitutions/end",
            summary: "Ends that.", permission: .decide, tag: .tasks,
            body: .json(BodySchema.endOfSubstitution, isRequired: true),
            answers: [
                .init(
                    status: 200, content: .resource("SubstitutionEnd"), summary: "It is ended.")
            ], refusals: [404, 413, 415]),
    ]

    // MARK: Starting

    private static let starting: [RouteDeclaration] = [
        RouteDeclaration(
            endpoint: .put, method: .put, path: byKey,
            summary:
                "Starts an instance under a key, or finds the one there is. The body is the input.",
            permission: .start, tag: .instances, query: waiting,
            headers: [ifMatch, ifNoneMatch], body: .json(true, isRequired: true), answers: started,
            refusals: [404, 409, 412, 413, 415]),
        RouteDeclaration(
            endpoint: .start, method: .post, path: "/v1/workflows/{workflow}/instances",
            summary: "Starts an instance. The body holds key, input and params.",
            permission: .start, tag: .instances, query: waiting,
            headers: [idempotencyKey, ifMatch, ifNoneMatch],
            body: .json(BodySchema.start, isRequired: true), answers: started,
            refusals: [404, 409, 412, 413, 415]),
    ]

    private static let started: [Answer] = [
        Answer(
            status: 201, content: .resource("Instance"), summary: "It is started, durably.",
            headers: [revision, location]),
        Answer(
            status: 200, content: .resource("Instance"),
            summary: "It was there, started with the same input.",
            headers: [revision, location]),
    ]

    // MARK: One instance, by either of its addresses

    private static let instances: [RouteDeclaration] = ["/v1/instances/{id}", byKey]
        .flatMap { looking($0) + actions($0 + "/actions") + tasks($0 + "/tasks") }

    private static func looking(_ base: String) -> [RouteDeclaration] {
        [
            RouteDeclaration(
                endpoint: .instance, method: .get, path: base, summary: "One instance.",
                permission: .read, tag: .instances, query: waiting + [reveal],
                headers: [ifNoneMatch],
                answers: [
                    Answer(
                        status: 200, content: .resource("Instance"), summary: "It is here.",
                        headers: [revision]),
                    Answer(
                        status: 304, content: .none, summary: "It is at the revision you have.",
                        headers: [revision]),
                ], refusals: [404]),
            get(
                .why, base + "/why", "Why it does not move, and what would move it.", "Why",
                .read, .instances, refusals: [404]),
            get(
                .neighbours, base + "/neighbours",
                "What comes before and after it in a list of instances.", "Neighbours", .read,
                .instances, query: [filter], refusals: [404]),
            get(
                .history, base + "/history", "What happened, in order.", "History", .read,
                .instances,
                query: [
                    after("the entry"), count(1000, 200),
                    Parameter(
                        "last", ["type": "integer", "minimum": 1, "maximum": 1000],
                        "In place of `after` and `count`: so many of the end."),
                    Parameter(
                        "before", ["type": "integer", "minimum": 1],
                        "With `last`: the end is before the entry of this number."),
                    reveal,
                ], refusals: [404]),
            get(
                .data, base + "/data", "Its data, member by member, with what changed each last.",
                "Data", .read, .instances, query: [reveal], refusals: [404]),
            get(
                .members, base + "/members", "What became of each member of a fan-out.",
                "MemberList", .read, .instances,
                query: [
                    Parameter(
                        "activation", ["type": "integer", "minimum": 1],
                        "The fan-out's number; without it the latest one."),
                    Parameter(
                        "status", ["type": "string", "enum": ResourceSchema.memberStatus],
                        "Only those."),
                    after("the member"), count(1000, 200),
                ], refusals: [404]),
            get(
                .actions, base + "/actions", "What may be done to it now.", "ActionList", .read,
                .actions, refusals: [404]),
            RouteDeclaration(
                endpoint: .send, method: .post, path: base + "/events",
                summary: "Sends it an event.", permission: .send, tag: .events, query: waiting,
                headers: [ifMatch], body: .json(BodySchema.event, isRequired: true),
                answers: received, refusals: [404, 409, 412, 413, 415]),
        ]
    }

    private static let reveal = Parameter(
        "reveal",
        ["type": "string", "enum": .list(Reveal.allCases.map { .string($0.rawValue) })],
        "Shows what the workflow marks `x-sensitive`, too; it is logged who asked.")

    private static func actions(_ base: String) -> [RouteDeclaration] {
        ActionDeclaration.ofInstances.map { acting($0, base) }
    }

    private static func tasks(_ base: String) -> [RouteDeclaration] {
        let looking = [
            get(
                .instanceTasks, base, "Its open tasks.", "InstanceTaskList", .read, .tasks,
                refusals: [404]),
            get(
                .instanceTask, base + "/{task}", "One open task, with its ETag.", "Task", .read,
                .tasks, refusals: [404], headers: [revision]),
        ]
        return looking + ActionDeclaration.ofTasks.map { acting($0, base + "/{task}") }
    }

    private static func acting(_ action: ActionDeclaration, _ base: String) -> RouteDeclaration {
        let isOfInstance = action.subject == .instance || action.subject == .task
        let isOfTask = action.subject == .task
        let ifMatch = Parameter(
            "If-Match", ["type": "string"],
            "The ETag of what was seen, or `*`: refused when it is another by now.",
            isRequired: action.isExclusive)
        let done = Answer(
            status: 200, content: .resource(action.subject.result),
            summary: action.hasDryRun
                ? "It is done, durably; with `dryRun` what would come of it."
                : "It is done, durably.",
            headers: isOfInstance ? [revision] : [])
        return RouteDeclaration(
            endpoint: .act(action), method: .post, path: base + "/" + action.verb.name,
            summary: action.title + ": " + action.does + ".", permission: action.permission,
            tag: action.subject.tag,
            headers: isOfTask ? [ifMatch, idempotencyKey] : isOfInstance ? [ifMatch] : [],
            body: .json(action.bodySchema, isRequired: !action.bodyIsOptional), answers: [done],
            refusals: [404, 409, 413, 415] + (isOfInstance ? [412] : [])
                + (action.isExclusive ? [428] : []))
    }

    // MARK: Many instances at once

    private static let operations: [RouteDeclaration] =
        [
            get(
                .operations, "/v1/operations", "Actions on many instances, newest first.",
                "OperationList", .read, .operations, query: [count(500, 50), cursor]),
            RouteDeclaration(
                endpoint: .beginOperation, method: .post, path: "/v1/operations",
                summary:
                    "Does an action to every instance that a filter or a cause finds: one that "
                    + "whoever asks may do to each of them.",
                permission: .operate, tag: .operations,
                body: .json(BodySchema.operation, isRequired: true),
                answers: [
                    .init(
                        status: 201, content: .resource("Operation"),
                        summary: "It is kept, durably, and begins.", headers: [location]),
                    .init(
                        status: 200, content: .resource("OperationPreview"),
                        summary: "With `dryRun`: whom it would concern."),
                ], refusals: [404, 413, 415]),
            get(
                .operation, "/v1/operations/{operation}", "One of them, with its counts.",
                "Operation", .read, .operations, refusals: [404]),
            get(
                .operationItems, "/v1/operations/{operation}/items",
                "What became of each instance.", "OperationItemList", .read, .operations,
                query: [
                    Parameter("status", ResourceSchema.itemStatus, "Only those."),
                    after("the item"), count(1000, 200),
                ], refusals: [404]),
        ]
        + BulkOperation.Steering.allCases.map { steering in
            RouteDeclaration(
                endpoint: .steerOperation(steering), method: .post,
                path: "/v1/operations/{operation}/" + steering.rawValue,
                summary: steering.summary, permission: .operate, tag: .operations,
                answers: [
                    .init(status: 200, content: .resource("Operation"), summary: "So it is now.")
                ], refusals: [404, 409])
        }

    // MARK: Events, schedules, attachments

    private static let events: [RouteDeclaration] = [
        get(
            .events, "/v1/events",
            "Events that moved nothing, newest first, with what was near.",
            "EventList", .read, .events,
            query: [
                Parameter("event", ["type": "string"], "Only those of this name."),
                Parameter("workflow", ["type": "string"], "Only those for this workflow."),
                Parameter("key", ["type": "string"], "Only those for this key."),
                Parameter(
                    "outcome",
                    [
                        "type": "string",
                        "enum": .list(UnmatchedRow.Outcome.allCases.map { .string($0.rawValue) }),
                    ],
                    "Only those of this outcome; without it those that do not wait (not `kept`, not `held`)."
                ),
                count(500, 50), cursor,
            ]),
        RouteDeclaration(
            endpoint: .eventStream, method: .get, path: "/v1/events/stream",
            summary:
                "Everything that happened, as server-sent events of CloudEvents, from now on or from a position (event-stream.md).",
            permission: .read, tag: .events,
            query: [
                Parameter(
                    "after", ["type": "string"],
                    "Go on behind this position, the `id` of an event; 0: from the beginning."),
                Parameter(
                    "workflow", ["type": "string"],
                    "Only what concerns these workflows, separated by commas."),
                Parameter(
                    "kind", ["type": "string"],
                    "Only these kinds (history.md), separated by commas; `call.*` are all that begin so."
                ),
            ],
            headers: [
                Parameter(
                    "Last-Event-ID", ["type": "string"],
                    "As `after`, by readers of server-sent events that connect again.")
            ],
            answers: [
                Answer(
                    status: 200, content: .bytes(["text/event-stream"]),
                    summary: "Events, until somebody goes.")
            ], refusals: [404]),
        RouteDeclaration(
            endpoint: .correlate, method: .post, path: "/v1/events",
            summary: "Sends an event to the instances that it concerns.", permission: .send,
            tag: .events, query: waiting, body: .json(BodySchema.correlated, isRequired: true),
            answers: received, refusals: [404, 409, 413, 415]),
    ]

    private static let received: [Answer] = [
        Answer(
            status: 200, content: .resource("EventResult"),
            summary: "What became of it, durably; nothing may have been moved.")
    ]

    private static let schedules: [RouteDeclaration] =
        [
            get(
                .schedules, "/v1/schedules", "Workflows that start by the clock.", "ScheduleList",
                .read, .schedules),
            get(
                .schedule, "/v1/schedules/{workflow}", "One schedule: next occurrences, log.",
                "Schedule", .read, .schedules, query: [count(500, 20)], refusals: [404]),
        ] + ActionDeclaration.ofSchedules.map { acting($0, "/v1/schedules/{workflow}") }

    private static let attachments: [RouteDeclaration] = [
        RouteDeclaration(
            endpoint: .putAttachment, method: .put, path: "/v1/attachments",
            summary: "Keeps content, to be referred to by its hash.", permission: .attach,
            tag: .attachments,
            headers: [
                Parameter(
                    "Repr-Digest", ["type": "string"],
                    "`sha-256=:<base64>:` (RFC 9530), which what comes is checked against.")
            ], body: .content(mediaTypes),
            answers: [
                .init(
                    status: 201, content: .resource("Attachment"), summary: "It is kept, durably.",
                    headers: [location])
            ], refusals: [404, 408, 411, 413, 415]),
        RouteDeclaration(
            endpoint: .attachment, method: .get, path: "/v1/attachments/{sha256}",
            summary: "Content, or a range of it.", permission: .read, tag: .attachments,
            query: [
                Parameter(
                    "name", ["type": "string", "format": "file-name"],
                    "What to call the file (Content-Disposition).")
            ],
            headers: [
                Parameter("Range", ["type": "string"], "`bytes=0-1023` (RFC 9110)."),
                Parameter("If-Range", ["type": "string"], "Its ETag."),
                Parameter("If-None-Match", ["type": "string"], "Its ETag."),
            ],
            answers: [
                .init(status: 200, content: .bytes(mediaTypes), summary: "All of it."),
                .init(status: 206, content: .bytes(mediaTypes), summary: "The range."),
                .init(status: 304, content: .none, summary: "It is what you have."),
            ], refusals: [404, 416]),
    ]

    private static let mediaTypes = MediaType.allCases.map(\.rawValue)

    // MARK: Parts

    static func get(
        _ endpoint: Endpoint, _ path: String, _ summary: String, _ resource: String,
        _ permission: Permission, _ tag: Tag, query: [Parameter] = [], refusals: [Int] = [],
        headers: [Parameter] = []
    ) -> RouteDeclaration {
        RouteDeclaration(
            endpoint: endpoint, method: .get, path: path, summary: summary,
            permission: permission, tag: tag, query: query,
            answers: [
                Answer(
                    status: 200, content: .resource(resource), summary: "It is here.",
                    headers: headers)
            ], refusals: refusals)
    }

    private static let filter = Parameter(
        "filter", ["type": "string"], "Terms separated by spaces, all of which hold (filter.md).")
    static let cursor = Parameter(
        "cursor", ["type": "string"], "Where the last page ended, as it said itself.")
    private static let ifMatch = Parameter(
        "If-Match", ["type": "string"],
        "ETags of what was seen, or `*`: refused when it is at another revision by now.")
    private static let ifNoneMatch = Parameter(
        "If-None-Match", ["type": "string"],
        "ETags of what you have, or `*`: of a start that nothing of that name is there.")
    private static let idempotencyKey = Parameter(
        "Idempotency-Key", ["type": "string"], "The same one again is known as a repeat.")
    private static let revision = Parameter(
        "ETag", ["type": "string"], "The revision.", isRequired: false)
    static let location = Parameter(
        "Location", ["type": "string"], "Where it is.", isRequired: true)

    private static let waiting = [
        Parameter(
            "wait", ["type": "string"],
            "Answer later, once `until` holds or this span is over: `30s`."),
        Parameter(
            "until", ["type": "string"], "`terminal` (as without it) or `state:<id>`."),
    ]

    static func count(_ most: Int64, _ usual: Int64) -> Parameter {
        Parameter(
            "count",
            ["type": "integer", "minimum": 1, "maximum": .int(most), "default": .int(usual)],
            "How many at most.")
    }

    private static func after(_ what: String) -> Parameter {
        Parameter(
            "after", ["type": "integer", "minimum": 0, "default": 0],
            "Only what comes after \(what) of this number.")
    }
}

extension BulkOperation.Steering {
    fileprivate var summary: String {
        switch self {
        case .continue: "Lets one that is held go on, also past its canary."
        case .hold: "Holds one that runs: what was done goes on, and nothing more is done."
        case .stop: "Ends it; what was done is done."
        }
    }
}

extension ActionDeclaration.Subject {
    /// The resource that says what came of it.
    fileprivate var result: String {
        switch self {
        case .instance, .task: "ActionResult"
        case .schedule: "ScheduleEffect"
        case .adapter: "Adapter"
        case .workflow: "Workflow"
        }
    }

    fileprivate var tag: RouteDeclaration.Tag {
        switch self {
        case .instance: .actions
        case .task: .tasks
        case .schedule: .schedules
        case .adapter: .adapters
        case .workflow: .workflows
        }
    }
}
