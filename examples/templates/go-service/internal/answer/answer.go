// Package answer says whether the service is well.
package answer

import "net/http"

// Handler answers /healthz, and nothing else.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ok"))
	})
	return mux
}
