/// How long a browser stays logged in.
package struct SessionLimits: Sendable, Hashable {
    /// Nothing was asked for so long: over.
    package var idle = Duration.seconds(30 * 60)
    /// Since the login, whatever is asked.
    package var whole = Duration.seconds(12 * 3600)
    /// In its place for who came by an issuer, which is not asked again meanwhile what has become of them there.
    package var issued = Duration.seconds(4 * 3600)

    package init() {}
}
