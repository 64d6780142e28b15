/// What tells a browser that nothing here is for pages of other sites.
enum SiteHeaders {
    /// Of whatever is answered to who may speak to the API. There are no CORS headers anywhere: that is what forbids the rest.
    static let ofAll: [(name: String, value: String)] = [
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Referrer-Policy", "same-origin"),
        (
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), serial=(), hid=(), "
                + "clipboard-read=(), display-capture=(), publickey-credentials-get=()"
        ),
    ]

    /// Beside what an answer says of itself, and not in its place.
    static func beside(
        _ own: [(name: String, value: String)], _ ours: [(name: String, value: String)]
    ) -> [(name: String, value: String)] {
        own + ours.filter { header in !own.contains { $0.name == header.name } }
    }

    /// Of what is no page: a browser that shows it all the same runs and loads nothing of it.
    static let ofDocuments: [(name: String, value: String)] =
        ofAll + [
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
        ]
}
