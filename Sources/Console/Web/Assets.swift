import Diagram

/// The style and the script, under names that change with their content, so that browsers keep them for ever.
struct Assets: Sendable {
    struct File: Sendable {
        /// `style-1a2b3c4d.css`
        let name: String
        let type: String
        let bytes: [UInt8]

        init(_ name: String, _ ending: String, _ type: String, _ bytes: [UInt8]) {
            self.name = "\(name)-\(Self.hash(bytes)).\(ending)"
            self.type = type
            self.bytes = bytes
        }

        /// FNV-1a: it tells contents apart, and protects nothing.
        private static func hash(_ bytes: [UInt8]) -> String {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01b3 }
            return String(hash, radix: 16)
        }
    }

    let style = File(
        "style", "css", "text/css; charset=utf-8",
        PackageResources.style_css + Array(Drawing.styleSheet.utf8))
    let script = File(
        "console", "js", "text/javascript; charset=utf-8", PackageResources.console_js)

    let icon = File("icon", "svg", "image/svg+xml", PackageResources.icon_svg)

    func respond(_ name: String) -> ConsoleResponse {
        guard let file = [style, script, icon].first(where: { $0.name == name }) else {
            return ConsoleResponse(
                status: 404, headers: [("Content-Type", "text/plain; charset=utf-8")],
                body: Array("There is no such file; reload the page.\n".utf8))
        }
        return ConsoleResponse(
            status: 200,
            headers: [
                ("Content-Type", file.type),
                ("Cache-Control", "public, max-age=31536000, immutable"),
            ], body: file.bytes)
    }
}
