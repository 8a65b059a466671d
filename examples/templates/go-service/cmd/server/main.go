package main

import (
	"log"
	"net/http"
	"os"

	"example.org/go-service/internal/answer"
)

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	log.Fatal(http.ListenAndServe(":"+port, answer.Handler()))
}
