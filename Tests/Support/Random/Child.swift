import Glibc

/// A program run to its end, as another process with an environment of its own.
package enum Child {
    package struct Outcome: Sendable {
        package var status: Int32
        package var output: [UInt8]
        package var errors: [UInt8]
    }

    /// nil where the program cannot be started. Input and output go through files, so that neither side can block the
    /// other.
    package static func run(_ arguments: [String], environment: [String: String?] = [:], input: [UInt8] = [])
        -> Outcome?
    {
        guard let standardInput = tmpfile(), let standardOutput = tmpfile(), let standardError = tmpfile() else {
            return nil
        }
        defer { for file in [standardInput, standardOutput, standardError] { fclose(file) } }
        fwrite(input, 1, input.count, standardInput)
        rewind(standardInput)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in [standardInput, standardOutput, standardError].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, fileno(file), Int32(number))
        }
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = variables(environment).map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        guard posix_spawnp(&pid, arguments[0], &actions, nil, &argv, &envp) == 0 else { return nil }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return Outcome(status: status, output: contents(standardOutput), errors: contents(standardError))
    }

    /// This process's own variables, with changes; nil takes one away.
    static func variables(_ changes: [String: String?]) -> [String] {
        var variables: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if changes[String(text.prefix { $0 != "=" })] == nil { variables.append(text) }
            next += 1
        }
        return variables + changes.compactMap { name, value in value.map { "\(name)=\($0)" } }
    }

    private static func contents(_ file: UnsafeMutablePointer<FILE>) -> [UInt8] {
        rewind(file)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }

    /// The directory of this process's own program: the package's other products lie beside it.
    package static let productDirectory: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let path = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }()
}
