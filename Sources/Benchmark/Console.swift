import Glibc

enum Console {
    static func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}
