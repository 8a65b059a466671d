package answer

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestItSaysThatItIsWell(t *testing.T) {
	for path, status := range map[string]int{"/healthz": 200, "/else": 404} {
		recorder := httptest.NewRecorder()
		Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
		if recorder.Code != status {
			t.Errorf("%s: %d", path, recorder.Code)
		}
	}
}
