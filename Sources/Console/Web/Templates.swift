/// The templates, by the names that pages and partials use. Their files are in `Assets`.
enum Templates {
    static let all: [(name: String, text: [UInt8])] = [
        ("frame", PackageResources.frame_mustache), ("icons", PackageResources.icons_mustache),
        ("prose", PackageResources.prose_mustache), ("key", PackageResources.key_mustache),
        ("when", PackageResources.when_mustache), ("triage", PackageResources.triage_mustache),
        ("instances", PackageResources.instances_mustache),
        ("instance", PackageResources.instance_mustache),
        ("picture", PackageResources.picture_mustache),
        ("path", PackageResources.path_mustache),
        ("members", PackageResources.members_mustache),
        ("member", PackageResources.member_mustache),
        ("shares", PackageResources.shares_mustache),
        ("action", PackageResources.action_mustache),
        ("incidents", PackageResources.incidents_mustache),
        ("operations", PackageResources.operations_mustache),
        ("operation", PackageResources.operation_mustache),
        ("batch", PackageResources.batch_mustache),
        ("tasks", PackageResources.tasks_mustache), ("task", PackageResources.task_mustache),
        ("workflows", PackageResources.workflows_mustache),
        ("workflow", PackageResources.workflow_mustache),
        ("adapters", PackageResources.adapters_mustache),
        ("adapter", PackageResources.adapter_mustache),
        ("schedules", PackageResources.schedules_mustache),
        ("schedule", PackageResources.schedule_mustache),
        ("system", PackageResources.system_mustache), ("keys", PackageResources.keys_mustache),
        ("who", PackageResources.who_mustache), ("problem", PackageResources.problem_mustache),
    ]
}
