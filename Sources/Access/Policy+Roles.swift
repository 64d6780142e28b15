import Values

extension Policy {
    /// Roles that every installation has, whatever it declares besides.
    package static let builtIn: [(name: String, does: String, grants: [Grant])] = [
        ("viewer", "looks", [Grant([.read])]),
        (
            "operator", "looks, and keeps things going as workflows foresee",
            [Grant([.read, .consult, .start, .send, .operate, .decide, .attach])]
        ),
        (
            "author", "writes workflows: looks, tries them, brings instances into versions",
            [Grant([.read, .start, .send, .migrate, .attach])]
        ),
        ("admin", "everything", [Grant(Set<Permission>(Permission.allCases))]),
        ("auditor", "looks, and reads who did what", [Grant([.read, .consult, .audit])]),
    ]

    /// - Parameter declared: of the installation; a name of `builtIn` is none of them.
    package init(declaring declared: [ExactText: Role] = [:]) {
        var roles = declared
        for role in Self.builtIn {
            roles[ExactText(role.name)] = Role(grants: role.grants)
        }
        self.init(roles: roles)
    }

    /// Whether it is allowed about anything at all: what is not allowed everywhere is left out of lists.
    package func allowsSomewhere(_ principal: Principal, _ permission: Permission) -> Bool {
        guard permission != .none else { return true }
        guard principal.scope.permissions?.contains(permission) ?? true else { return false }
        return principal.roles.contains { name in
            roles[name]?.grants.contains { $0.permissions.contains(permission) } ?? false
        }
    }

    package func speaks(_ principal: Principal, for role: ExactText) -> Bool {
        principal.roles.contains { own in roles[own]?.speaksFor.contains(role) ?? false }
    }
}
