import Hummingbird
import Loans
import Pawl
import PawlHummingbird

@main
struct App {
    static func main() async throws {
        let pawl = try await Pawl(directory: ".", store: .sqlite("library-data"), business: Loans())
        let router = router(pawl)
        try await Application(router: router, services: [pawl]).runService()
    }

    static func router(_ pawl: Pawl) -> Router<BasicRequestContext> {
        let router = Router()
        router.put("loans/{id}") { request, context in
            let wish = try await request.decode(as: LoanRequest.self, context: context)
            let id = try context.parameters.require("id")
            // A Problem that is thrown here becomes a problem document (RFC 9457).
            let loan = try await pawl.start(.loan, key: id, input: wish)
            let now = try await loan.wait(until: .state("reading"), atMost: .seconds(2))
            return EditedResponse(status: .created, response: now.why)
        }
        router.addPawl(pawl, at: "/workflows") { request, _ in
            guard request.headers[.authorization] == "Bearer librarian" else {
                throw HTTPError(.unauthorized)
            }
            return Principal(role: "operator", subject: "librarian")
        }
        return router
    }
}
