import Definition
import Execution
import Values

extension Sensitive {
    /// Of the API's resource `members`: each has what it came to.
    package func masking(outputsOf members: Value) -> Value {
        guard case .map(var map) = members, let list = map["members"]?.listValue else {
            return members
        }
        map["members"] = .list(
            list.map { member in
                guard case .map(var member) = member, let output = member["output"] else {
                    return member
                }
                member["output"] = masked(output)
                return .map(member)
            })
        return .map(map)
    }
}

extension Catalog {
    /// Of all workflows together, as far as they are loaded.
    package var sensitive: Sensitive {
        workflowNames.reduce(.nothing) { sensitive, name in
            versions(of: name).reduce(sensitive) {
                $0.union(definition(name, version: $1)?.sensitive ?? .nothing)
            }
        }
    }
}

/// Asking for what is sensitive.
package enum Reveal: String, Sendable, CaseIterable {
    case `true`
    case `false`
}
