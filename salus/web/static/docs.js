/* Every operation of the API, to read and to try. A file of its own, because the policy allows no inline script. */
SwaggerUIBundle({ url: "/v1/openapi.json", dom_id: "#operations", deepLinking: true, validatorUrl: null });
