import Loans
import PawlCommand

@main
struct Main: PawlProgram {
    static let business = Loans()
}
