import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// A target that names a server (RFC 9112, 3.2.2) names the one that is asked, whatever `Host` says. The library drops the
/// name, so it is put beside `Host` where it is another: two names are none.
final class AbsoluteTargets: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), !head.uri.hasPrefix("/"),
            let name = head.uri.authority,
            head.headers["Host"].contains(where: { $0.lowercased() != name.lowercased() })
        else { return context.fireChannelRead(data) }
        head.headers.add(name: "Host", value: name)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}

/// Puts the former where requests are still as they came.
final class AbsoluteTargetsPlacing: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) else { return }
        try? pipeline.addHandler(AbsoluteTargets(), position: .before(codec))
    }
}

extension String {
    /// Of `http://host:port/path`.
    fileprivate var authority: String? {
        guard let colon = range(of: "://") else { return nil }
        return String(self[colon.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" })
    }
}
