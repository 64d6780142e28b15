import Guest
import Values

extension Faults {
    mutating func handle(_ request: RemoteRequest) -> RemoteResponse {
        switch request.method {
        case "GET":
            return .json(200, .map(ValueMap([("faults", .list(all.map(\.value)))])))
        case "DELETE":
            clear()
            return RemoteResponse(status: 204)
        case "POST":
            return post(request.body)
        default:
            return .problem(405, code: "method", detail: "use GET, POST or DELETE")
        }
    }

    private mutating func post(_ body: [UInt8]) -> RemoteResponse {
        guard all.count < Faults.limit else {
            return .problem(
                409, code: "too-many-faults",
                detail: "\(Faults.limit) faults are set; clear them with DELETE /faults")
        }
        do {
            let fault = try parse(RemoteFields(body: body))
            add(fault)
            return .json(201, fault.value)
        } catch {
            return .problem(
                400, code: "invalid-fault", detail: error.detail, errors: [error])
        }
    }

    private func parse(_ fields: RemoteFields) throws(FieldError) -> Fault {
        try fields.only(["adapter", "operation", "kind", "count", "status", "latencyMs"])
        let adapters = operations.map(\.adapter)
        let adapter = try fields.choice("adapter", of: adapters)
        let known = (operations.first { $0.adapter == adapter }?.operations ?? []).map(\.name)
        let operation =
            fields.members["operation"] == nil
            ? "*" : try fields.choice("operation", of: known + ["*"])
        let kinds = Fault.Kind.allCases.filter { kind in
            let asked = operation == "*" ? known : [operation]
            return asked.contains { allows(kind, adapter: adapter, operation: $0) }
        }
        let name = try fields.choice("kind", of: kinds.map(\.rawValue))
        guard let kind = Fault.Kind(rawValue: name) else {
            throw FieldError(pointer: "/kind", detail: "`kind` is unknown")
        }
        let statuses: ClosedRange<Int64> =
            adapter == operations.last?.adapter ? 400...599 : 200...599
        return Fault(
            adapter: adapter, operation: operation, kind: kind,
            count: try fields.optionalInteger("count", in: -1...1_000_000) ?? 1,
            status: try fields.optionalInteger("status", in: statuses).map { Int($0) },
            latencyMs: try fields.optionalInteger("latencyMs", in: 0...3_600_000))
    }
}
