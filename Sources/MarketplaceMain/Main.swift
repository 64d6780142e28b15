import Marketplace
import PawlCommand

@main
struct Main: PawlProgram {
    static let business = Marketplace()
    static let name = "pawl"
}
