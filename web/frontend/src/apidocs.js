// The API's own documentation page: Swagger UI from our host, nothing from another.
//
// <div id="apidocs" data-url="/api/v1/openapi.json"></div>
import 'swagger-ui-dist/swagger-ui.css';
import './diagram/libraries.js';
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';

const place = document.getElementById('apidocs');
if (place) {
  SwaggerUI({
    domNode: place,
    url: place.dataset.url,
    validatorUrl: null, // the default asks a server elsewhere
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: false,
    persistAuthorization: false,
  });
}
