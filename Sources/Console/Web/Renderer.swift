import Access
import Mustache
import Sabotage

/// What a template is rendered with: a struct whose members are the template's words.
protocol PageContent: Sendable {
    /// Of the template in `Assets`, without its ending.
    static var template: String { get }
    var title: String { get }
    /// Which entry of the menu is the present one.
    var section: Section { get }
    /// Without the menu and what else is for who is let in.
    var isBare: Bool { get }
    /// Where the browser goes by itself.
    var onward: String? { get }
}

extension PageContent {
    var isBare: Bool { false }
    var onward: String? { nil }
}

/// Templates that are parsed once in a process.
struct Renderer: Sendable {
    private static let library: MustacheLibrary = {
        MustacheContentTypes.register(ExactHTML(), named: ExactHTML.name)
        MustacheContentTypes.register(VisibleHTML(), named: VisibleHTML.name)
        var library = MustacheLibrary()
        for (name, text) in Templates.all {
            let text =
                "{{% CONTENT_TYPE:\(VisibleHTML.name)}}"
                + Renderer.exactInForms(Renderer.signed(String(decoding: text, as: UTF8.self)))
            do {
                library.register(try MustacheTemplate(string: text), named: name)
            } catch {
                preconditionFailure("the template \(name) is no Mustache: \(error)")
            }
        }
        return library
    }()

    /// A page, as its template sees it.
    private struct Rendered {
        let frame: Frame
        let page: any PageContent
        let style: String
        let script: String
        let icon: String
    }

    private let style: String
    private let script: String
    private let icon: String

    init(assets: Assets) {
        // A template that is none shows when a server starts, not to the first who asks.
        _ = Self.library
        style = "/assets/" + assets.style.name
        script = "/assets/" + assets.script.name
        icon = "/assets/" + assets.icon.name
    }

    /// Every form that changes something says that it is of a page of ours.
    private static func signed(_ template: String) -> String {
        template.replacing(#/<form[^<]*method="post"[^<]*?>/#) {
            "\($0.output)<input type=\"hidden\" name=\"\(FormText.token)\" value=\"{{frame.token}}\">"
        }
    }

    /// What a form sends back is left as it is: values, what is to be edited, and what can be chosen.
    private static func exactInForms(_ template: String) -> String {
        func exact(_ text: some StringProtocol) -> String {
            "{{% CONTENT_TYPE:\(ExactHTML.name)}}\(text){{% CONTENT_TYPE:\(VisibleHTML.name)}}"
        }
        return
            template
            .replacing(#/(value|name)="(\{\{[a-zA-Z.]+\}\})"/#) {
                "\($0.output.1)=\"\(exact($0.output.2))\""
            }
            .replacing(#/(<(?:textarea|option)[^<]*>)(\{\{[a-zA-Z.]+\}\})</#) {
                "\($0.output.1)\(exact($0.output.2))<"
            }
    }

    func render(_ page: any PageContent, in frame: Frame) -> String {
        Self.library.render(
            Rendered(frame: frame, page: page, style: style, script: script, icon: icon),
            withTemplate: type(of: page).template) ?? ""
    }
}

/// Escapes by Unicode scalars. By characters, as the library does, a quote with a combining mark behind it would be one
/// that is not a quote, and would end an attribute all the same.
struct ExactHTML: MustacheContentType {
    static let name = "EXACT"

    func escapeText(_ text: String) -> String {
        if isMutant(.pageUnescaped) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "\0": result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}

/// The same for what is read: what lets text run in another order, and what nobody sees, stands there as `\u202e`.
struct VisibleHTML: MustacheContentType {
    static let name = "VISIBLE"

    func escapeText(_ text: String) -> String { ExactHTML().escapeText(text.printableLines) }
}
