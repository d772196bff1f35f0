import Glibc
import KubeModel

/// What a kubeconfig says about a credential plug-in, checked.
struct ExecPluginConfiguration: Sendable {
    enum InteractiveMode: String, Sendable { case never = "Never", ifAvailable = "IfAvailable", always = "Always" }

    /// For messages: `/home/me/.kube/config: user "me"`.
    var place: String
    /// A name to be searched in `PATH`, or an absolute path.
    var command: String
    var arguments: [String] = []
    var variables: [(name: String, value: String)] = []
    var apiVersion: String
    var interactiveMode = InteractiveMode.ifAvailable
    var installHint: String?
    /// What the plug-in is told about the cluster; nil unless `provideClusterInfo`.
    var cluster: JSONValue?
    /// Our own, as it is when the plug-in runs.
    var environment: @Sendable () -> [String: String] = { ProcessEnvironment.all }
    var hasTerminal: @Sendable () -> Bool = { isatty(0) == 1 }

    /// Long enough for a cloud's metadata service that is slow to wake up.
    static let deadline = Duration.seconds(60)
    /// Somebody has to find a password, or to sign in with a browser.
    static let interactiveDeadline = Duration.seconds(300)

    func invocation() throws(ConfigurationError) -> ChildProcess.Invocation {
        let isInteractive: Bool
        switch interactiveMode {
        case .never: isInteractive = false
        case .ifAvailable: isInteractive = hasTerminal()
        case .always:
            guard hasTerminal() else {
                throw failure("wants to ask somebody (interactiveMode: Always), but standard input is not a terminal")
            }
            isInteractive = true
        }
        // Added to our own, the kubeconfig's last: that is who says what the plug-in needs.
        var all = environment()
        guard let path = executable(all["PATH"] ?? "") else {
            throw failure(
                command.contains("/") ? "does not exist or is not executable" : "is in no directory of PATH")
        }
        for variable in variables { all[variable.name] = variable.value }
        all["KUBERNETES_EXEC_INFO"] = ExecCredential.request(
            apiVersion: apiVersion, isInteractive: isInteractive, cluster: cluster)
        return ChildProcess.Invocation(
            path: path, arguments: arguments, environment: all.map { "\($0.key)=\($0.value)" }.sorted(),
            isInteractive: isInteractive, deadline: isInteractive ? Self.interactiveDeadline : Self.deadline)
    }

    func credential(_ outcome: ChildProcess.Outcome, _ invocation: ChildProcess.Invocation, now: Timestamp)
        throws(ConfigurationError) -> ExecCredential
    {
        switch outcome {
        case .exited(0, let output):
            let credential: ExecCredential
            do { credential = try ExecCredential(parsing: output, apiVersion: apiVersion) } catch {
                throw failure(error.description)
            }
            if let expiry = credential.expiry, expiry <= now {
                throw failure(
                    "gave a credential that expired at \(expiry), and it is \(now) now: sign in again, or set this machine's clock"
                )
            }
            return credential
        case .exited(let status, _):
            throw failure("failed with exit status \(status); its own words are on standard error")
        case .killed(let signal): throw failure("was ended by signal \(signal)")
        case .timedOut: throw failure("gave no answer within \(invocation.deadline) and was killed")
        case .printedTooMuch: throw failure("printed more than \(invocation.outputLimit) bytes and was killed")
        case .notStarted(let code): throw failure("cannot be started: \(String(cString: strerror(code)))")
        }
    }

    private func failure(_ what: String) -> ConfigurationError {
        let hint = installHint.map { "\n\(Self.printable($0))" } ?? ""
        return ConfigurationError("\(place): credential plug-in \(command) \(what)\(hint)")
    }

    /// A kubeconfig must not be able to steer the terminal it is shown on.
    static func printable(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control where scalar != "\n" && scalar != "\t", .format, .surrogate, .privateUse, .unassigned:
                out += "U+" + String(scalar.value, radix: 16, uppercase: true)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// As a shell would find it, but never in the working directory unless it is named.
    private func executable(_ directories: String) -> String? {
        func isExecutable(_ path: String) -> Bool {
            var facts = stat()
            return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
        }
        if command.contains("/") { return isExecutable(command) ? command : nil }
        for directory in directories.split(separator: ":") where directory.hasPrefix("/") {
            let path = "\(directory)/\(command)"
            if isExecutable(path) { return path }
        }
        return nil
    }
}

private enum ProcessEnvironment {
    static var all: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if let equals = line.firstIndex(of: "=") {
                result[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
            entry += 1
        }
        return result
    }
}
