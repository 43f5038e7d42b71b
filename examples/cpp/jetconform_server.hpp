// The engine's side of the process protocol (docs/protocol.md), C++17, headers alone, nothing but the standard library.
//
// Give a Server a function for each call that your engine has, and run() it:
//
//     jetconform::Server server("my engine", {"callback"});
//     server.on_reset([](const std::string& root) { ... });
//     server.on("JetInit", [](jetconform::Call& call) { return my_init(call.text("instance")); });
//     return server.run();
//
// Each client has a thread of its own, so functions are called from several threads at once. A call that the client makes
// inside its status callback is made on the same thread, before Call::callback returns. Every call without a function is
// answered with not-implemented.
#pragma once

#include "jetconform_json.hpp"

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace jetconform {

using Object = std::map<std::string, Json>;

// What a call answered: a JET_ERR and, of some calls, outputs (docs/trace-format.md).
struct Reply {
    std::int64_t err;
    Json result;

    Reply(std::int64_t err, Json result = {}) : err(err), result(std::move(result)) {}
};

// A call that is being made, with its arguments as in a trace.
class Call {
public:
    Call(Json message, std::function<std::int64_t(const Json&)> wait) : message_(std::move(message)), wait_(std::move(wait)) {}

    const Json& operator[](const std::string& name) const { return message_["args"][name]; }
    const std::string& text(const std::string& name) const { return (*this)[name].text(); }
    std::int64_t number(const std::string& name) const { return (*this)[name].number(); }

    // The status callback: what the harness answers with. It may take long, and other calls are made meanwhile.
    std::int64_t callback(int snp, int snt, int done = 0, int total = 0) {
        return wait_(Object{{"event", "callback"}, {"id", message_["id"]}, {"snp", snp},
                            {"snt", snt}, {"done", done}, {"total", total}});
    }

private:
    Json message_;
    std::function<std::int64_t(const Json&)> wait_;
};

class Server {
public:
    using Function = std::function<Reply(Call&)>;

    Server(std::string name, std::vector<Json> capabilities) : name_(std::move(name)), capabilities_(std::move(capabilities)) {}

    // The function of a call; one that is not given is answered with not-implemented.
    void on(const std::string& call, Function function) { functions_[call] = std::move(function); }

    // What an `ask` is answered with (docs/protocol.md), from its arguments.
    void on_ask(const std::string& ask, std::function<Json(const Json&)> function) { asks_[ask] = std::move(function); }

    // Forget everything, as a process that was killed; all files are below this folder from now on.
    void on_reset(std::function<void(const std::string&)> function) { reset_ = std::move(function); }

    // Serve until the harness says bye, or is gone: then the process ends here, whatever its other threads do.
    [[noreturn]] void run() {
        std::string line;
        try {
            while (std::getline(std::cin, line)) {
                Json message = Json::parse(line);
                if (message["op"].text() == "bye") break;
                take(message);
            }
        } catch (const std::exception& problem) {
            std::cerr << "jetconform: " << problem.what() << std::endl;
            std::_Exit(2);
        }
        std::_Exit(0);
    }

private:
    struct Client {
        std::deque<Json> inbox;
        std::condition_variable changed;
    };

    std::string name_;
    std::vector<Json> capabilities_;
    std::map<std::string, Function> functions_;
    std::map<std::string, std::function<Json(const Json&)>> asks_;
    std::function<void(const std::string&)> reset_ = [](const std::string&) {};
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Client>> clients_;
    std::map<std::int64_t, Client*> owners_;  // of the calls that are open

    void take(const Json& message) {
        const std::string& op = message["op"].text();
        if (op == "hello") say(Object{{"event", "hello"}, {"protocol", 1}, {"engine", name_}, {"capabilities", capabilities_}});
        else if (op == "reset") reset_(message["root"].text()), say(Object{{"event", "ready"}});
        else if (op == "ask") answer(message);
        else if (op == "call") tell(client(message), message);
        else if (op == "resume" || op == "release") tell(owner(message), message);
        else if (op != "watch") throw std::runtime_error("unknown op: " + op);
    }

    Client& client(const Json& message) {
        std::lock_guard<std::mutex> lock(mutex_);
        auto& found = clients_[message["client"].text()];
        if (!found) {
            found = std::make_unique<Client>();
            std::thread([this, client = found.get()] {
                while (true) make(*client, next(*client));
            }).detach();
        }
        owners_[message["id"].number()] = found.get();
        return *found;
    }

    Client& owner(const Json& message) {
        std::lock_guard<std::mutex> lock(mutex_);
        auto found = owners_.find(message["id"].number());
        if (found == owners_.end()) throw std::runtime_error("no such call is open: " + message.dump());
        return *found->second;
    }

    void tell(Client& client, const Json& message) {
        std::lock_guard<std::mutex> lock(mutex_);
        client.inbox.push_back(message);
        client.changed.notify_one();
    }

    Json next(Client& client) {
        std::unique_lock<std::mutex> lock(mutex_);
        client.changed.wait(lock, [&] { return !client.inbox.empty(); });
        Json message = std::move(client.inbox.front());
        client.inbox.pop_front();
        return message;
    }

    // Make a call on the thread of its client.
    void make(Client& client, const Json& message) {
        auto function = functions_.find(message["call"].text());
        Object said{{"event", "not-implemented"}, {"id", message["id"]}};
        if (function != functions_.end()) {
            Call call(message, [&](const Json& event) { return wait(client, event); });
            Reply reply = function->second(call);
            said["event"] = "return";
            said["err"] = reply.err;
            if (!reply.result.is_null()) said["result"] = reply.result;
        }
        {
            std::lock_guard<std::mutex> lock(mutex_);
            owners_.erase(message["id"].number());
        }
        say(said);
    }

    // Say that the call is in its callback, and wait for the word to go on; meanwhile make what the client calls there.
    std::int64_t wait(Client& client, const Json& event) {
        say(event);
        while (true) {
            Json message = next(client);
            if (message["op"].text() == "call") make(client, message);
            else return message["op"].text() == "resume" ? message["err"].number() : 0;
        }
    }

    void answer(const Json& message) {
        auto function = asks_.find(message["ask"].text());
        if (function == asks_.end()) say(Object{{"event", "not-implemented"}, {"id", message["id"]}});
        else say(Object{{"event", "answer"}, {"id", message["id"]}, {"value", function->second(message["args"])}});
    }

    // One line, in one piece.
    void say(const Json& message) {
        static std::mutex writing;
        std::lock_guard<std::mutex> lock(writing);
        std::string line = message.dump() + "\n";
        std::fwrite(line.data(), 1, line.size(), stdout);
        std::fflush(stdout);
    }
};

}  // namespace jetconform
